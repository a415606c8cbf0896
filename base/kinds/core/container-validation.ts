/** Validation of containers of all kinds (core/validation `validateContainerCommon`, `validateContainers` and others). */
import { child, duplicate, forbidden, index, invalid, notFound, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validatePortName, validatePortNumber } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { label, oneOf, oneOfIfSet, protocols, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '../types.data.ts';
import { validateEnvironment, validateEnvironmentFrom } from './environment-validation.ts';
import { validateDevices, validateMounts } from './mount-validation.ts';
import type { Volumes } from './mount-validation.ts';
import { validateProbes } from './probe-validation.ts';
import { validateContainerResources } from './resource-validation.ts';
import { validateSecurityContext } from './security-validation.ts';

/** What a container may refer to in its pod. */
export interface PodParts {
  readonly volumes: Volumes;
  readonly claims: ReadonlySet<string>;
  readonly spec: PodSpec;
  /** Of a pod itself, not of a template. */
  readonly isPod: boolean;
}

function validatePorts(errors: Errors, ports: readonly ContainerPort[], path: FieldPath): void {
  const names = new Set<string>();
  ports.forEach((port, at) => {
    const here = index(path, at);
    if (port.name) {
      const problems = validatePortName(port.name);
      tell(errors, child(here, 'name'), port.name, problems);
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(child(here, 'name'), port.name));
      if (problems.length === 0) names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(child(here, 'containerPort')));
    else tell(errors, child(here, 'containerPort'), port.containerPort, validatePortNumber(port.containerPort));
    if (port.hostPort) tell(errors, child(here, 'hostPort'), port.hostPort, validatePortNumber(port.hostPort));
    oneOf(errors, port.protocol, protocols, child(here, 'protocol'));
  });
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

export const validatePullPolicy = (errors: Errors, policy: string | undefined, path: FieldPath): void =>
  oneOf(errors, policy, pullPolicies, path);

/** Upstream tells most of these at the list. */
function validateResizePolicies(errors: Errors, container: Container, spec: PodSpec, path: FieldPath): void {
  const seen = new Set<string>();
  each(container.resizePolicy).forEach(({ resourceName, restartPolicy }, at) => {
    if (seen.has(resourceName)) errors.push(duplicate(index(path, at), resourceName));
    seen.add(resourceName);
    oneOf(errors, resourceName, ['cpu', 'memory'], path);
    oneOf(errors, restartPolicy, ['NotRequired', 'RestartContainer'], path);
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  });
}

/** What holds for containers of all kinds. */
function validateContainer(errors: Errors, container: Container, parts: PodParts, path: FieldPath): void {
  if (!container.name) errors.push(required(child(path, 'name')));
  else label(errors, container.name, child(path, 'name'));
  if (!container.image) errors.push(required(child(path, 'image')));
  const messagePolicies = ['File', 'FallbackToLogsOnError'];
  oneOf(errors, container.terminationMessagePolicy, messagePolicies, child(path, 'terminationMessagePolicy'));
  if (container.ports) validatePorts(errors, container.ports, child(path, 'ports'));
  if (container.env) validateEnvironment(errors, container.env, child(path, 'env'));
  if (container.envFrom) validateEnvironmentFrom(errors, container.envFrom, child(path, 'envFrom'));
  validateMounts(errors, container, parts.volumes, child(path, 'volumeMounts'));
  if (container.volumeDevices) validateDevices(errors, container, parts.volumes, child(path, 'volumeDevices'));
  validatePullPolicy(errors, container.imagePullPolicy, child(path, 'imagePullPolicy'));
  if (container.resources)
    validateContainerResources(errors, container.resources, parts.claims, child(path, 'resources'));
  if (container.resizePolicy) validateResizePolicies(errors, container, parts.spec, child(path, 'resizePolicy'));
  const hostUsers = parts.spec.hostUsers !== false;
  validateSecurityContext(errors, container.securityContext, hostUsers, child(path, 'securityContext'));
}

/** Pods only: templates with such names have been there for long. */
export function validateImageName(errors: Errors, { image = '' }: { image?: string }, path: FieldPath): void {
  if (image.trim() !== image)
    errors.push(invalid(child(path, 'image'), image, 'must not have leading or trailing whitespace'));
}

function hostPorts(errors: Errors, containers: readonly Container[], path: FieldPath): void {
  const used = new Set<string>();
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

export function mainContainers(errors: Errors, parts: PodParts, path: FieldPath): void {
  const containers = each(parts.spec.containers);
  if (containers.length === 0) return void errors.push(required(path));
  const names = new Set<string>();
  containers.forEach((container, at) => {
    const here = index(path, at);
    validateContainer(errors, container, parts, here);
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    validateProbes(errors, container, parts.spec.terminationGracePeriodSeconds, here);
    if (container.restartPolicy !== undefined)
      errors.push(forbidden(child(here, 'restartPolicy'), 'may not be set for non-init containers'));
  });
  hostPorts(errors, containers, path);
}

export function initContainers(errors: Errors, parts: PodParts, path: FieldPath): void {
  const { spec } = parts;
  if (!spec.initContainers) return;
  const names = new Set(each(spec.containers).map(({ name }) => name));
  spec.initContainers.forEach((container, at) => {
    const here = index(path, at);
    validateContainer(errors, container, parts, here);
    oneOfIfSet(errors, container.restartPolicy, ['Always'], child(here, 'restartPolicy'));
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    else if (container.name) names.add(container.name);
    // They run one by one, and are looked at so: each is the first of its list.
    hostPorts(errors, [container], path);
    if (container.restartPolicy === 'Always')
      return validateProbes(errors, container, spec.terminationGracePeriodSeconds, here);
    for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[name])
        errors.push(forbidden(child(here, name), 'may not be set for init containers without restartPolicy=Always'));
    }
  });
}

/** In the order of the internal structure. */
const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

export function ephemeralContainers(errors: Errors, parts: PodParts, path: FieldPath): void {
  const { spec } = parts;
  if (!spec.ephemeralContainers) return;
  const targets = new Set([...each(spec.containers), ...each(spec.initContainers)].map(({ name }) => name));
  const names = new Set(targets);
  const why = 'cannot be set for an Ephemeral Container';
  spec.ephemeralContainers.forEach((container: EphemeralContainer, at) => {
    const here = index(path, at);
    validateContainer(errors, container as Container, parts, here);
    validateImageName(errors, container, here);
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFound(child(here, 'targetContainerName'), target));
    for (const name of notForEphemeral) if (!isEmpty(container[name])) errors.push(forbidden(child(here, name), why));
    each(container.volumeMounts).forEach((mount, place) => {
      const mountAt = index(child(here, 'volumeMounts'), place);
      if (mount.subPath) errors.push(forbidden(child(mountAt, 'subPath'), why));
      if (mount.subPathExpr) errors.push(forbidden(child(mountAt, 'subPathExpr'), why));
    });
  });
}
