/** Validation of pods and pod templates (core/validation `ValidatePodSpec`, `ValidatePodCreate`, `ValidatePodTemplateSpec`). */
import { child, duplicate, forbidden, index, invalid, invalidShown, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError, validateDns1123SubdomainWithUnderscore } from '@orrery/machinery/names';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import { validateAnnotations, validateLabels } from '../meta.ts';
import { ip, label, oneOf, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Pod, PodResourceClaim, PodSpec, PodTemplateSpec } from '../types.data.ts';
import { validatePodAnnotations, validateProfileMatches } from './annotation-validation.ts';
import { ephemeralContainers, initContainers, mainContainers, validateImageName } from './container-validation.ts';
import type { PodParts } from './container-validation.ts';
import { validateContainerResources, validatePodResources } from './resource-validation.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling-validation.ts';
import { validatePodSecurity } from './security-validation.ts';
import { validateVolumes } from './volume-validation.ts';
import { validateHostProcess, validateHostUsers, validateOperatingSystem } from './windows-validation.ts';

/** Which ports of the node a pod in its network takes: its own. Templates may leave them open. */
function hostNetworkPorts(errors: Errors, spec: PodSpec, isPod: boolean, path: FieldPath): void {
  if (!spec.hostNetwork) return;
  each(spec.containers).forEach(({ ports }, at) => {
    each(ports).forEach(({ hostPort = 0, containerPort }, place) => {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) return;
      const here = child(index(child(index(child(path, 'containers'), at), 'ports'), place), 'hostPort');
      errors.push(invalid(here, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    });
  });
}

function dnsConfig(errors: Errors, { dnsConfig: config, dnsPolicy }: PodSpec, path: FieldPath): void {
  const servers = each(config?.nameservers);
  const serversAt = child(path, 'nameservers');
  if (dnsPolicy === 'None' && !config)
    return void errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  if (dnsPolicy === 'None' && servers.length === 0)
    return void errors.push(required(serversAt, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  if (!config) return;
  if (servers.length > 3) errors.push(invalid(serversAt, servers, 'must not have more than 3 nameservers'));
  servers.forEach((server, at) => ip(errors, server, index(serversAt, at)));
  const searches = each(config.searches);
  const searchesAt = child(path, 'searches');
  if (searches.length > 32) errors.push(invalid(searchesAt, searches, 'must not have more than 32 search paths'));
  if (searches.join(' ').length > 2048) {
    const detail = 'must not have more than 2048 characters (including spaces) in the search list';
    errors.push(invalid(searchesAt, searches, detail));
  }
  searches.forEach((search, at) => {
    const name = search === '.' ? undefined : search.replace(/\.$/, '');
    if (name !== undefined) tell(errors, index(searchesAt, at), name, validateDns1123SubdomainWithUnderscore(name));
  });
  each(config.options).forEach(({ name }, at) => {
    if (!name) errors.push(required(index(child(path, 'options'), at), 'must not be empty'));
  });
}

function resourceClaim(errors: Errors, claim: PodResourceClaim, names: Set<string>, path: FieldPath): void {
  const { name, resourceClaimName, resourceClaimTemplateName } = claim;
  if (!name) errors.push(required(child(path, 'name')));
  else if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
  else label(errors, name, child(path, 'name'));
  if (name) names.add(name);
  const refuse = (detail: string): void =>
    void errors.push(invalidShown(path, shownInternal('core.v1.PodResourceClaim', claim), detail));
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
    refuse('at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
    refuse('must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
  if (resourceClaimName !== undefined) subdomain(errors, resourceClaimName, child(path, 'resourceClaimName'));
  if (resourceClaimTemplateName !== undefined)
    subdomain(errors, resourceClaimTemplateName, child(path, 'resourceClaimTemplateName'));
}

/** What a spec is judged with: templates have no metadata of their own pods yet. */
export interface SpecContext {
  readonly isPod: boolean;
  readonly meta?: ObjectMeta;
}

function contents(errors: Errors, spec: PodSpec, { isPod, meta }: SpecContext, path: FieldPath): void {
  const volumes = validateVolumes(errors, each(spec.volumes), meta, child(path, 'volumes'));
  const claims = new Set(each(spec.resourceClaims).flatMap(({ name }) => name || []));
  const seen = new Set<string>();
  each(spec.resourceClaims).forEach((claim, at) =>
    resourceClaim(errors, claim, seen, index(child(path, 'resourceClaims'), at)),
  );
  const parts: PodParts = { volumes, claims, spec, isPod };
  mainContainers(errors, parts, child(path, 'containers'));
  initContainers(errors, parts, child(path, 'initContainers'));
  ephemeralContainers(errors, parts, child(path, 'ephemeralContainers'));
  validatePodResources(errors, spec, claims, child(path, 'resources'));
}

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** Everything a pod's spec must be, on its own or in a template. */
export function validatePodSpec(errors: Errors, spec: PodSpec, context: SpecContext, path: FieldPath): void {
  if (spec.terminationGracePeriodSeconds === undefined)
    errors.push(required(child(path, 'terminationGracePeriodSeconds')));
  contents(errors, spec, context, path);
  hostNetworkPorts(errors, spec, context.isPod, path);
  oneOf(errors, spec.restartPolicy, ['Always', 'OnFailure', 'Never'], child(path, 'restartPolicy'));
  oneOf(errors, spec.dnsPolicy, dnsPolicies, child(path, 'dnsPolicy'));
  if (spec.nodeSelector) errors.push(...validateLabels(spec.nodeSelector, child(path, 'nodeSelector')));
  validatePodSecurity(errors, spec, path);
  validateAffinity(errors, spec.affinity, child(path, 'affinity'));
  dnsConfig(errors, spec, child(path, 'dnsConfig'));
  each(spec.readinessGates).forEach(({ conditionType }, at) =>
    qualified(errors, conditionType ?? '', child(index(child(path, 'readinessGates'), at), 'conditionType')),
  );
  schedulingGates(errors, spec, child(path, 'schedulingGates'));
  validateSpread(errors, each(spec.topologySpreadConstraints), child(path, 'topologySpreadConstraints'));
  validateHostProcess(errors, spec, path);
  validateHostUsers(errors, spec, path);
  placement(errors, spec, path);
  if (spec.overhead) validateContainerResources(errors, { limits: spec.overhead }, new Set(), child(path, 'overhead'));
  validateOperatingSystem(errors, spec, path);
}

function schedulingGates(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const gates = each(spec.schedulingGates).map(gate => gate.name ?? '');
  gates.forEach((name, at) => {
    qualified(errors, name, index(path, at));
    if (gates.indexOf(name) < at) errors.push(duplicate(index(path, at), name));
  });
}

function placement(errors: Errors, spec: PodSpec, path: FieldPath): void {
  if (spec.serviceAccountName) subdomain(errors, spec.serviceAccountName, child(path, 'serviceAccountName'));
  if (spec.nodeName) subdomain(errors, spec.nodeName, child(path, 'nodeName'));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647)) {
    errors.push(invalid(child(path, 'activeDeadlineSeconds'), deadline, inclusiveRangeError(1, 2147483647)));
  }
  if (spec.hostname) label(errors, spec.hostname, child(path, 'hostname'));
  if (spec.subdomain) label(errors, spec.subdomain, child(path, 'subdomain'));
  validateTolerations(errors, each(spec.tolerations), child(path, 'tolerations'));
  each(spec.hostAliases).forEach((alias, at) => {
    const here = index(child(path, 'hostAliases'), at);
    ip(errors, alias.ip ?? '', child(here, 'ip'));
    each(alias.hostnames).forEach((name, place) => subdomain(errors, name, index(child(here, 'hostnames'), place)));
  });
  if (spec.priorityClassName) subdomain(errors, spec.priorityClassName, child(path, 'priorityClassName'));
  if (spec.runtimeClassName !== undefined) subdomain(errors, spec.runtimeClassName, child(path, 'runtimeClassName'));
  const preemption = spec.preemptionPolicy;
  if (preemption !== undefined)
    oneOf(errors, preemption, ['PreemptLowerPriority', 'Never'], child(path, 'preemptionPolicy'));
}

/** A template: labels, annotations and the spec. Upstream leaves `metadata` out of their places. */
export function validatePodTemplate(errors: Errors, template: PodTemplateSpec, path: FieldPath): void {
  const annotations = template.metadata?.annotations;
  const spec = template.spec ?? { containers: [] };
  errors.push(...validateLabels(template.metadata?.labels, child(path, 'labels')));
  errors.push(...validateAnnotations(annotations, child(path, 'annotations')));
  validatePodAnnotations(errors, annotations, spec, child(path, 'annotations'));
  validatePodSpec(errors, spec, { isPod: false }, child(path, 'spec'));
  validateProfileMatches(errors, annotations, spec, child(path, 'spec'));
  if (each(template.spec?.ephemeralContainers).length > 0) {
    errors.push(
      forbidden(child(path, 'spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'),
    );
  }
}

/** A token needs an account to be of. */
function projectedTokens(errors: Errors, spec: PodSpec): void {
  if (spec.serviceAccountName) return;
  each(spec.volumes).forEach(({ projected }, at) =>
    each(projected?.sources).forEach(({ serviceAccountToken }, place) => {
      const here = child(index(child(index('spec.volumes', at), 'projected', 'sources'), place), 'serviceAccountToken');
      if (serviceAccountToken) errors.push(forbidden(here, 'must not be specified when serviceAccountName is not set'));
    }),
  );
}

/** Annotations and spec of a pod, new or changed. */
export function validatePodContent(errors: Errors, { metadata, spec }: Pod): void {
  validatePodAnnotations(errors, metadata.annotations, spec, 'metadata.annotations');
  validatePodSpec(errors, spec, { isPod: true, meta: metadata }, 'spec');
  projectedTokens(errors, spec);
  for (const list of ['containers', 'initContainers'] as const)
    each(spec[list]).forEach((container, at) => validateImageName(errors, container, index(child('spec', list), at)));
}

/** A new pod, without its metadata. */
export function validatePod(pod: Pod): FieldError[] {
  const errors: Errors = [];
  const { metadata, spec } = pod;
  validatePodContent(errors, pod);
  if (each(spec.ephemeralContainers).length > 0)
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && each(spec.schedulingGates).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  validateProfileMatches(errors, metadata.annotations, spec, 'spec');
  return errors;
}
