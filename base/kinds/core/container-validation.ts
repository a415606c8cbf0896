/** Validation of containers (core/validation `validateContainerCommon` and below). */
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalidShown,
  notFound,
  required,
} from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import {
  inclusiveRangeError,
  validateConfigMapKey,
  validatePortName,
  validatePortNumber,
  validateRelaxedEnvironmentName,
} from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { label, nonNegative, oneOf, oneOfIfSet, portNumber, portNumberOrName, protocols, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  Container,
  ContainerPort,
  EnvVar,
  HTTPGetAction,
  LifecycleHandler,
  Probe,
  SeccompProfile,
  SecurityContext,
} from '../types.data.ts';
import { descendingPath, validateFieldRef } from './reference-validation.ts';
import { validateResources } from './resource-validation.ts';

/** What a container may refer to in its pod. */
export interface PodParts {
  readonly volumes: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
}

const id = (errors: Errors, value: number | undefined, path: FieldPath): void => {
  if (value !== undefined && (value < 0 || value > 2147483647))
    errors.push(invalid(path, value, inclusiveRangeError(0, 2147483647)));
};
export { id as validateUserId };

function validatePorts(errors: Errors, ports: readonly ContainerPort[], path: FieldPath): void {
  const names = new Set<string>();
  ports.forEach((port, at) => {
    const here = index(path, at);
    if (port.name) {
      const problems = validatePortName(port.name);
      tell(errors, child(here, 'name'), port.name, problems);
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(child(here, 'name'), port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(child(here, 'containerPort')));
    else tell(errors, child(here, 'containerPort'), port.containerPort, validatePortNumber(port.containerPort));
    if (port.hostPort) tell(errors, child(here, 'hostPort'), port.hostPort, validatePortNumber(port.hostPort));
    oneOf(errors, port.protocol, protocols, child(here, 'protocol'));
  });
}

const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

function validateKeyRef(errors: Errors, reference: { name?: string; key: string }, path: FieldPath): void {
  if (!reference.key) errors.push(required(child(path, 'key')));
  else tell(errors, child(path, 'key'), reference.key, validateConfigMapKey(reference.key));
}

function validateEnvironment(errors: Errors, variables: readonly EnvVar[], path: FieldPath): void {
  variables.forEach(({ name, value, valueFrom }, at) => {
    const here = index(path, at);
    if (!name) errors.push(required(child(here, 'name')));
    else tell(errors, child(here, 'name'), name, validateRelaxedEnvironmentName(name));
    if (!valueFrom) return;
    const from = child(here, 'valueFrom');
    const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
    if (fieldRef) validateFieldRef(errors, fieldRef, environmentFields, child(from, 'fieldRef'));
    if (resourceFieldRef && !resourceFieldRef.resource)
      errors.push(required(child(from, 'resourceFieldRef', 'resource')));
    if (configMapKeyRef) validateKeyRef(errors, configMapKeyRef, child(from, 'configMapKeyRef'));
    if (secretKeyRef) validateKeyRef(errors, secretKeyRef, child(from, 'secretKeyRef'));
    const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
    if (sources === 0)
      errors.push(
        invalid(from, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'),
      );
    else if (value) errors.push(invalid(from, '', 'may not be specified when `value` is not empty'));
    else if (sources > 1) errors.push(invalid(from, '', 'may not have more than one field specified at a time'));
  });
}

function validateEnvironmentFrom(errors: Errors, container: Container, path: FieldPath): void {
  each(container.envFrom).forEach(({ prefix, configMapRef, secretRef }, at) => {
    const here = index(path, at);
    if (prefix) tell(errors, child(here, 'prefix'), prefix, validateRelaxedEnvironmentName(prefix));
    if (configMapRef && !configMapRef.name) errors.push(required(child(here, 'configMapRef', 'name')));
    if (secretRef && !secretRef.name) errors.push(required(child(here, 'secretRef', 'name')));
    const sources = [configMapRef, secretRef].filter(Boolean).length;
    if (sources === 0) errors.push(invalid(child(path, ''), '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (sources > 1)
      errors.push(invalid(child(path, ''), '', 'may not have more than one field specified at a time'));
  });
}

function validateMounts(errors: Errors, container: Container, parts: PodParts, path: FieldPath): void {
  const paths = new Set<string>();
  const devices = each(container.volumeDevices);
  each(container.volumeMounts).forEach((mount, at) => {
    const here = index(path, at);
    if (!mount.name) errors.push(required(child(here, 'name')));
    if (!parts.volumes.has(mount.name)) errors.push(notFound(child(here, 'name'), mount.name));
    if (!mount.mountPath) errors.push(required(child(here, 'mountPath')));
    if (paths.has(mount.mountPath)) errors.push(invalid(child(here, 'mountPath'), mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (devices.some(device => device.name === mount.name))
      errors.push(invalid(child(here, 'name'), mount.name, 'must not already exist in volumeDevices'));
    if (mount.subPath) descendingPath(errors, mount.subPath, child(here, 'subPath'));
    if (mount.subPathExpr) {
      if (mount.subPath)
        errors.push(
          invalid(child(here, 'subPathExpr'), mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
        );
      descendingPath(errors, mount.subPathExpr, child(here, 'subPathExpr'));
    }
    oneOfIfSet(
      errors,
      mount.mountPropagation,
      ['Bidirectional', 'HostToContainer', 'None'],
      child(here, 'mountPropagation'),
    );
    if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
      errors.push(
        forbidden(
          child(here, 'mountPropagation'),
          'Bidirectional mount propagation is available only to privileged containers',
        ),
      );
    }
  });
}

export function validateSeccomp(errors: Errors, profile: SeccompProfile | undefined, path: FieldPath): void {
  if (!profile) return;
  if (!profile.type) errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  else oneOfIfSet(errors, profile.type, ['Localhost', 'RuntimeDefault', 'Unconfined'], child(path, 'type'));
  const at = child(path, 'localhostProfile');
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
    else descendingPath(errors, profile.localhostProfile, at);
  } else if (profile.localhostProfile !== undefined) {
    errors.push(invalid(at, profile.localhostProfile, 'can only be set when seccomp type is Localhost'));
  }
}

/** The fields of a security context in upstream's order, as its messages show them. */
const shownContext = (context: SecurityContext): string => {
  const fields = [
    'capabilities',
    'privileged',
    'seLinuxOptions',
    'windowsOptions',
    'runAsUser',
    'runAsGroup',
    'runAsNonRoot',
    'readOnlyRootFilesystem',
    'allowPrivilegeEscalation',
    'procMount',
    'seccompProfile',
    'appArmorProfile',
  ] as const;
  const name = (field: string): string =>
    field === 'seLinuxOptions' ? 'SELinuxOptions' : field.charAt(0).toUpperCase() + field.slice(1);
  return JSON.stringify(Object.fromEntries(fields.map(field => [name(field), context[field] ?? null])));
};

function validateSecurityContext(errors: Errors, context: SecurityContext | undefined, path: FieldPath): void {
  if (!context) return;
  id(errors, context.runAsUser, child(path, 'runAsUser'));
  id(errors, context.runAsGroup, child(path, 'runAsGroup'));
  validateSeccomp(errors, context.seccompProfile, child(path, 'seccompProfile'));
  oneOfIfSet(errors, context.procMount, ['Default', 'Unmasked'], child(path, 'procMount'));
  if (context.allowPrivilegeEscalation !== false) return;
  const clash = (what: string): void =>
    void errors.push(
      invalidShown(path, shownContext(context), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`),
    );
  if (context.privileged) clash('`privileged` to true');
  if (each(context.capabilities?.add).includes('CAP_SYS_ADMIN')) clash('`capabilities.Add` CAP_SYS_ADMIN');
}

function validateHttpGet(errors: Errors, action: HTTPGetAction, path: FieldPath): void {
  if (!action.path) errors.push(required(child(path, 'path')));
  portNumberOrName(errors, action.port, child(path, 'port'));
  oneOf(errors, action.scheme, ['HTTP', 'HTTPS'], child(path, 'scheme'));
  each(action.httpHeaders).forEach(({ name }, at) => {
    const message =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    if (!/^[-A-Za-z0-9]+$/.test(name))
      errors.push(invalid(child(index(child(path, 'httpHeaders'), at), 'name'), name, message));
  });
}

function validateHandler(errors: Errors, handler: LifecycleHandler & Pick<Probe, 'grpc'>, path: FieldPath): void {
  let count = 0;
  const only = (name: string, check: (at: FieldPath) => void): void => {
    if (count++ > 0) errors.push(forbidden(child(path, name), 'may not specify more than 1 handler type'));
    else check(child(path, name));
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) only('exec', at => each(exec.command).length === 0 && errors.push(required(child(at, 'command'))));
  if (httpGet) only('httpGet', at => validateHttpGet(errors, httpGet, at));
  if (tcpSocket) only('tcpSocket', at => portNumberOrName(errors, tcpSocket.port, child(at, 'port')));
  if (grpc) only('grpc', at => portNumber(errors, grpc.port, child(at, 'port')));
  if (sleep) only('sleep', at => nonNegative(errors, sleep.seconds, child(at, 'seconds')));
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
}

function validateProbe(
  errors: Errors,
  probe: Probe | undefined,
  path: FieldPath,
  kind: 'liveness' | 'readiness',
): void {
  if (!probe) return;
  validateHandler(errors, probe, path);
  const numbers = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const;
  for (const name of numbers) nonNegative(errors, probe[name], child(path, name));
  const grace = probe.terminationGracePeriodSeconds;
  if (kind === 'readiness') {
    if (grace !== undefined)
      errors.push(invalid(child(path, 'terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes'));
    return;
  }
  if (grace !== undefined && grace <= 0)
    errors.push(invalid(child(path, 'terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  if (probe.successThreshold !== 1)
    errors.push(invalid(child(path, 'successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
}

/** Hooks and probes: what main containers and sidecars may have. */
export function validateProbes(errors: Errors, container: Container, path: FieldPath): void {
  const { lifecycle } = container;
  if (lifecycle?.postStart) validateHandler(errors, lifecycle.postStart, child(path, 'lifecycle', 'postStart'));
  if (lifecycle?.preStop) validateHandler(errors, lifecycle.preStop, child(path, 'lifecycle', 'preStop'));
  validateProbe(errors, container.livenessProbe, child(path, 'livenessProbe'), 'liveness');
  validateProbe(errors, container.readinessProbe, child(path, 'readinessProbe'), 'readiness');
  validateProbe(errors, container.startupProbe, child(path, 'startupProbe'), 'liveness');
}

/** What holds for containers of all kinds. */
export function validateContainer(errors: Errors, container: Container, parts: PodParts, path: FieldPath): void {
  if (!container.name) errors.push(required(child(path, 'name')));
  else label(errors, container.name, child(path, 'name'));
  const image = container.image ?? '';
  if (image === '') errors.push(required(child(path, 'image')));
  else if (image.trim() !== image)
    errors.push(invalid(child(path, 'image'), image, 'must not have leading or trailing whitespace'));
  oneOf(
    errors,
    container.terminationMessagePolicy,
    ['File', 'FallbackToLogsOnError'],
    child(path, 'terminationMessagePolicy'),
  );
  validatePorts(errors, each(container.ports), child(path, 'ports'));
  validateEnvironment(errors, each(container.env), child(path, 'env'));
  validateEnvironmentFrom(errors, container, child(path, 'envFrom'));
  validateMounts(errors, container, parts, child(path, 'volumeMounts'));
  each(container.volumeDevices).forEach((device, at) => {
    const here = index(child(path, 'volumeDevices'), at);
    if (!device.name) errors.push(required(child(here, 'name')));
    else if (!parts.volumes.has(device.name)) errors.push(notFound(child(here, 'name'), device.name));
    if (!device.devicePath) errors.push(required(child(here, 'devicePath')));
  });
  oneOf(errors, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], child(path, 'imagePullPolicy'));
  if (container.resources) validateResources(errors, container.resources, parts.claims, child(path, 'resources'));
  each(container.resizePolicy).forEach(({ resourceName, restartPolicy }, at) => {
    const here = index(child(path, 'resizePolicy'), at);
    oneOf(errors, resourceName, ['cpu', 'memory'], child(here, 'resourceName'));
    oneOf(errors, restartPolicy, ['NotRequired', 'RestartContainer'], child(here, 'restartPolicy'));
  });
  validateSecurityContext(errors, container.securityContext, child(path, 'securityContext'));
}
