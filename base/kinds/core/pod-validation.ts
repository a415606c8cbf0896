/** Validation of pods and pod templates (core/validation `ValidatePodSpec`). */
import { child, duplicate, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { validateAnnotations, validateLabels } from '../meta.ts';
import { ip, label, oneOf, oneOfIfSet, qualified, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, EphemeralContainer, Pod, PodSpec, PodTemplateSpec } from '../types.data.ts';
import { validateContainer, validateProbes, validateSeccomp, validateUserId } from './container-validation.ts';
import type { PodParts } from './container-validation.ts';
import { validateResources } from './resource-validation.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling-validation.ts';
import { validateVolumes } from './volume-validation.ts';

function hostPorts(errors: Errors, containers: readonly Container[], path: FieldPath, used: Set<string>): void {
  containers.forEach(({ ports }, at) => {
    each(ports).forEach(({ hostPort, hostIP, protocol }, place) => {
      if (!hostPort) return;
      const text = `${protocol}/${hostIP ?? ''}/${hostPort}`;
      if (used.has(text))
        errors.push(duplicate(child(index(child(index(path, at), 'ports'), place), 'hostPort'), text));
      used.add(text);
    });
  });
}

function mainContainers(errors: Errors, containers: readonly Container[], parts: PodParts, path: FieldPath): void {
  if (containers.length === 0) return void errors.push(required(path));
  const names = new Set<string>();
  containers.forEach((container, at) => {
    const here = index(path, at);
    validateContainer(errors, container, parts, here);
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    validateProbes(errors, container, here);
    if (container.restartPolicy !== undefined)
      errors.push(forbidden(child(here, 'restartPolicy'), 'may not be set for non-init containers'));
  });
  hostPorts(errors, containers, path, new Set());
}

function initContainers(errors: Errors, spec: PodSpec, parts: PodParts, path: FieldPath): void {
  const names = new Set(each(spec.containers).map(({ name }) => name));
  each(spec.initContainers).forEach((container, at) => {
    const here = index(path, at);
    validateContainer(errors, container, parts, here);
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    else if (container.name) names.add(container.name);
    oneOfIfSet(errors, container.restartPolicy, ['Always'], child(here, 'restartPolicy'));
    if (container.restartPolicy === 'Always') validateProbes(errors, container, here);
    else {
      for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[name])
          errors.push(forbidden(child(here, name), 'may not be set for init containers without restartPolicy=Always'));
      }
    }
    hostPorts(errors, [container], here, new Set());
  });
}

const forbiddenForEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
] as const;

function ephemeralContainers(errors: Errors, spec: PodSpec, parts: PodParts, path: FieldPath): void {
  const names = new Set([...each(spec.containers), ...each(spec.initContainers)].map(({ name }) => name));
  const targets = new Set(names);
  each(spec.ephemeralContainers).forEach((container: EphemeralContainer, at) => {
    const here = index(path, at);
    validateContainer(errors, container as Container, parts, here);
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target))
      errors.push({ type: 'notFound', field: child(here, 'targetContainerName'), message: `Not found: "${target}"` });
    for (const name of forbiddenForEphemeral) {
      if (container[name]) errors.push(forbidden(child(here, name), 'cannot be set for an Ephemeral Container'));
    }
  });
}

function hostNetworkPorts(errors: Errors, spec: PodSpec, path: FieldPath): void {
  for (const name of ['containers', 'initContainers'] as const) {
    each(spec[name]).forEach(({ ports }, at) => {
      each(ports).forEach(({ hostPort = 0, containerPort }, place) => {
        const here = child(index(child(index(child(path, name), at), 'ports'), place), 'hostPort');
        if (hostPort !== containerPort)
          errors.push(invalid(here, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
      });
    });
  }
}

const sysctlName = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlPattern = new RegExp(`^${sysctlName}$`);

function podSecurity(errors: Errors, spec: PodSpec, path: FieldPath): void {
  if (spec.hostNetwork) hostNetworkPorts(errors, spec, path);
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(
      invalid(
        child(path, 'securityContext', 'shareProcessNamespace'),
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    );
  }
  const context = spec.securityContext;
  if (!context) return;
  const at = child(path, 'securityContext');
  validateUserId(errors, context.fsGroup, child(at, 'fsGroup'));
  validateUserId(errors, context.runAsUser, child(at, 'runAsUser'));
  validateUserId(errors, context.runAsGroup, child(at, 'runAsGroup'));
  each(context.supplementalGroups).forEach((group, place) =>
    validateUserId(errors, group, index(child(at, 'supplementalGroups'), place)),
  );
  const seen = new Set<string>();
  each(context.sysctls).forEach(({ name }, place) => {
    const here = child(index(child(at, 'sysctls'), place), 'name');
    if (!name) errors.push(required(here));
    else if (name.length > 253 || !sysctlPattern.test(name)) {
      errors.push(invalid(here, name, `must have at most 253 characters and match regex ^${sysctlName}$`));
    } else if (seen.has(name)) errors.push(duplicate(here, name));
    seen.add(name);
  });
  oneOfIfSet(errors, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], child(at, 'fsGroupChangePolicy'));
  validateSeccomp(errors, context.seccompProfile, child(at, 'seccompProfile'));
}

function dnsConfig(errors: Errors, { dnsConfig: config, dnsPolicy }: PodSpec, path: FieldPath): void {
  if (dnsPolicy === 'None') {
    if (!config) return void errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'));
    if (each(config.nameservers).length === 0) {
      errors.push(
        required(child(path, 'nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
      );
    }
  }
  if (!config) return;
  const servers = each(config.nameservers);
  if (servers.length > 3)
    errors.push(invalid(child(path, 'nameservers'), servers, 'must not have more than 3 nameservers'));
  servers.forEach((server, at) => ip(errors, server, index(child(path, 'nameservers'), at)));
  const searches = each(config.searches);
  if (searches.length > 32)
    errors.push(invalid(child(path, 'searches'), searches, 'must not have more than 32 search paths'));
  if (searches.join(' ').length > 2048) {
    errors.push(
      invalid(
        child(path, 'searches'),
        searches,
        'must not have more than 2048 characters (including spaces) in the search list',
      ),
    );
  }
  each(config.options).forEach(({ name }, at) => {
    if (!name) errors.push(required(index(child(path, 'options'), at), 'must not be empty'));
  });
}

function conditionNames(errors: Errors, names: readonly string[], field: string, path: FieldPath): void {
  names.forEach((name, at) => qualified(errors, name, child(index(path, at), field)));
}

function operatingSystem(errors: Errors, spec: PodSpec, path: FieldPath): void {
  if (!spec.os) return;
  oneOf(errors, spec.os.name, ['linux', 'windows'], child(path, 'os'));
  if (spec.os.name !== 'linux') return;
  if (spec.securityContext?.windowsOptions) {
    errors.push(
      forbidden(child(path, 'securityContext', 'windowsOptions'), 'windows options cannot be set for a linux pod'),
    );
  }
  for (const name of ['containers', 'initContainers'] as const) {
    each(spec[name]).forEach(({ securityContext }, at) => {
      if (!securityContext?.windowsOptions) return;
      errors.push(
        forbidden(
          child(index(child(path, name), at), 'securityContext', 'windowsOptions'),
          'windows options cannot be set for a linux pod',
        ),
      );
    });
  }
}

function resourceClaims(errors: Errors, spec: PodSpec, path: FieldPath): Set<string> {
  const names = new Set<string>();
  each(spec.resourceClaims).forEach(({ name, resourceClaimName, resourceClaimTemplateName }, at) => {
    const here = index(path, at);
    if (!name) errors.push(required(child(here, 'name')));
    else if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    else {
      label(errors, name, child(here, 'name'));
      names.add(name);
    }
    const given = [resourceClaimName, resourceClaimTemplateName].filter(value => value !== undefined).length;
    const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    if (given === 0) errors.push(invalid(here, '', detail));
    if (given > 1)
      errors.push(
        invalid(here, '', 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
      );
  });
  return names;
}

/** Everything a pod's spec must be, on its own or in a template. */
export function validatePodSpec(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const volumes = validateVolumes(errors, each(spec.volumes), child(path, 'volumes'));
  const claims = resourceClaims(errors, spec, child(path, 'resourceClaims'));
  const parts: PodParts = { volumes, claims };
  mainContainers(errors, each(spec.containers), parts, child(path, 'containers'));
  initContainers(errors, spec, parts, child(path, 'initContainers'));
  ephemeralContainers(errors, spec, parts, child(path, 'ephemeralContainers'));
  if (spec.resources) validateResources(errors, spec.resources, claims, child(path, 'resources'));
  oneOf(errors, spec.restartPolicy, ['Always', 'OnFailure', 'Never'], child(path, 'restartPolicy'));
  oneOf(
    errors,
    spec.dnsPolicy,
    ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    child(path, 'dnsPolicy'),
  );
  errors.push(...validateLabels(spec.nodeSelector, child(path, 'nodeSelector')));
  podSecurity(errors, spec, path);
  each(spec.imagePullSecrets).forEach(({ name }, at) => {
    if (!name) errors.push(required(child(index(child(path, 'imagePullSecrets'), at), 'name')));
  });
  validateAffinity(errors, spec.affinity, child(path, 'affinity'));
  dnsConfig(errors, spec, child(path, 'dnsConfig'));
  conditionNames(
    errors,
    each(spec.readinessGates).map(gate => gate.conditionType),
    'conditionType',
    child(path, 'readinessGates'),
  );
  const gates = each(spec.schedulingGates).map(gate => gate.name);
  gates.forEach((name, at) => {
    const here = index(child(path, 'schedulingGates'), at);
    qualified(errors, name, here);
    if (gates.indexOf(name) < at) errors.push(duplicate(here, name));
  });
  validateSpread(errors, each(spec.topologySpreadConstraints), child(path, 'topologySpreadConstraints'));
  placement(errors, spec, path);
  operatingSystem(errors, spec, path);
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
    ip(errors, alias.ip, child(here, 'ip'));
    each(alias.hostnames).forEach((name, place) => subdomain(errors, name, index(child(here, 'hostnames'), place)));
  });
  if (spec.priorityClassName) subdomain(errors, spec.priorityClassName, child(path, 'priorityClassName'));
  if (spec.runtimeClassName !== undefined) subdomain(errors, spec.runtimeClassName, child(path, 'runtimeClassName'));
  oneOfIfSet(errors, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority'], child(path, 'preemptionPolicy'));
}

/** A template: labels, annotations and the spec. */
export function validatePodTemplate(errors: Errors, template: PodTemplateSpec, path: FieldPath): void {
  errors.push(...validateLabels(template.metadata?.labels, child(path, 'metadata', 'labels')));
  errors.push(...validateAnnotations(template.metadata?.annotations, child(path, 'metadata', 'annotations')));
  validatePodSpec(errors, template.spec ?? { containers: [] }, child(path, 'spec'));
  if (each(template.spec?.ephemeralContainers).length > 0) {
    errors.push(
      forbidden(child(path, 'spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'),
    );
  }
}

/** A new pod, without its metadata. */
export function validatePod({ spec }: Pod): FieldError[] {
  const errors: Errors = [];
  validatePodSpec(errors, spec, 'spec');
  if (each(spec.ephemeralContainers).length > 0)
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && each(spec.schedulingGates).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}
