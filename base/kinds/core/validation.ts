/** Validation of the smaller kinds of the core group (core/validation). */
import { child, forbidden, index, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateConfigMapKey, validateQualifiedName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { immutable, sameJson } from '../meta.ts';
import {
  cidr,
  ip,
  nonNegative,
  nonSpecialIp,
  notSupportedEffect,
  oneOf,
  portNumber,
  protocols,
  qualified,
  sortedMap,
  tell,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  PodTemplate,
  ReplicationController,
  Secret,
} from '../types.data.ts';
import { validatePodTemplate } from './pod-validation.ts';
import { validateResourceValue } from './resource-validation.ts';

/** The largest payload of a ConfigMap or Secret, in bytes. */
const largest = 1024 * 1024;
const base64Size = (text: string): number =>
  Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
const encoder = new TextEncoder();

export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: Errors = [];
  let size = 0;
  for (const [name, value] of Object.entries(data)) {
    tell(errors, key('data', name), name, validateConfigMapKey(name));
    if (name in binaryData) errors.push(invalid(key('data', name), name, 'duplicate of key present in binaryData'));
    size += value.length > largest ? value.length : encoder.encode(value).length;
  }
  for (const [name, value] of Object.entries(binaryData)) {
    tell(errors, key('binaryData', name), name, validateConfigMapKey(name));
    size += base64Size(value);
  }
  if (size > largest)
    errors.push({ type: 'tooLong', field: '[]', message: `Too long: may not be more than ${largest} bytes` });
  return errors;
}

const sealed = 'field is immutable when `immutable` is set';

export function validateConfigMapUpdate(map: ConfigMap, old: ConfigMap): FieldError[] {
  const errors: Errors = [];
  if (old.immutable) {
    if (!map.immutable) errors.push(forbidden('immutable', sealed));
    if (!sameJson(map.data, old.data)) errors.push(forbidden('data', sealed));
    if (!sameJson(map.binaryData, old.binaryData)) errors.push(forbidden('binaryData', sealed));
  }
  return [...errors, ...validateConfigMap(map)];
}

const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function validateDockerConfig(errors: Errors, secret: Secret, name: string): void {
  const content = secret.data?.[name];
  if (content === undefined) return void errors.push(required(key('data', name)));
  const text = atob(content);
  try {
    JSON.parse(text);
  } catch {
    errors.push(invalid(key('data', name), '<secret contents redacted>', jsonProblem(text)));
  }
}

/** The beginning of a text that is no JSON, in Go's words. */
const jsonProblem = (text: string): string => {
  const first = text.trimStart()[0];
  return first === undefined
    ? 'unexpected end of JSON input'
    : `invalid character '${first}' looking for beginning of value`;
};

export function validateSecret(secret: Secret): FieldError[] {
  const errors: Errors = [];
  const data = secret.data ?? {};
  let size = 0;
  for (const [name, value] of Object.entries(data)) {
    tell(errors, key('data', name), name, validateConfigMapKey(name));
    size += base64Size(value);
  }
  if (size > largest)
    errors.push({ type: 'tooLong', field: 'data', message: `Too long: may not be more than ${largest} bytes` });
  for (const name of requiredKeys[secret.type ?? ''] ?? [])
    if (!(name in data)) errors.push(required(key('data', name)));
  if (secret.type === 'kubernetes.io/service-account-token') {
    if (!secret.metadata.annotations?.['kubernetes.io/service-account.name']) {
      errors.push(required(key('metadata.annotations', 'kubernetes.io/service-account.name')));
    }
  } else if (secret.type === 'kubernetes.io/basic-auth') {
    if (!('username' in data) && !('password' in data)) {
      errors.push(required(key('data', 'username')), required(key('data', 'password')));
    }
  } else if (secret.type === 'kubernetes.io/dockercfg') validateDockerConfig(errors, secret, '.dockercfg');
  else if (secret.type === 'kubernetes.io/dockerconfigjson') validateDockerConfig(errors, secret, '.dockerconfigjson');
  return errors;
}

export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const errors: Errors = [...immutable(secret.type, old.type, 'type')];
  if (old.immutable) {
    if (!secret.immutable) errors.push(forbidden('immutable', sealed));
    if (!sameJson(secret.data, old.data)) errors.push(forbidden('data', sealed));
  }
  return [...errors, ...validateSecret(secret)];
}

function finalizerName(errors: Errors, name: string, path: FieldPath): void {
  tell(errors, path, name, validateQualifiedName(name));
  if (!name.includes('/') && name !== 'kubernetes' && name !== 'orphan' && name !== 'foregroundDeletion') {
    errors.push(invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified'));
  }
}

export function validateNamespace({ spec }: Namespace): FieldError[] {
  const errors: Errors = [];
  for (const name of each(spec?.finalizers)) finalizerName(errors, name, 'spec.finalizers');
  return errors;
}

export function validateNamespaceStatus({ status, metadata }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  if (!metadata.deletionTimestamp) {
    return phase === 'Active'
      ? []
      : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  return phase === 'Terminating'
    ? []
    : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}

function validateTaints(errors: Errors, { spec }: Node): void {
  const pairs = new Set<string>();
  each(spec.taints).forEach((taint, at) => {
    const path = index('metadata.taints', at);
    qualified(errors, taint.key, child(path, 'key'));
    if (taint.value && taint.value.length > 63)
      errors.push(invalid(child(path, 'value'), taint.value, 'must be no more than 63 characters'));
    notSupportedEffect(errors, taint.effect, child(path, 'effect'));
    const pair = `${taint.key}:${taint.effect}`;
    if (pairs.has(pair)) {
      const shown = JSON.stringify({
        Key: taint.key,
        Value: taint.value ?? '',
        Effect: taint.effect,
        TimeAdded: taint.timeAdded ?? null,
      });
      errors.push({
        type: 'duplicate',
        field: path,
        message: `Duplicate value: ${shown}: taints must be unique by key and effect pair`,
      });
    }
    pairs.add(pair);
  });
}

function validateAmounts(errors: Errors, amounts: Readonly<Record<string, string>> | undefined, path: FieldPath): void {
  for (const [name, value] of Object.entries(amounts ?? {}))
    validateResourceValue(errors, name, value, child(path, name));
}

export function validateNode(node: Node): FieldError[] {
  const errors: Errors = [];
  validateTaints(errors, node);
  each(node.spec.podCIDRs).forEach((range, at) => cidr(errors, range, index('spec.podCIDRs', at)));
  return errors;
}

export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors: Errors = [];
  validateAmounts(errors, node.status?.capacity, 'status.capacity');
  validateAmounts(errors, node.status?.allocatable, 'status.allocatable');
  if (each(old.spec.podCIDRs).length > 0 && !sameJson(node.spec.podCIDRs, old.spec.podCIDRs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec.providerID && node.spec.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return [...errors, ...validateNode(node)];
}

export function validateEndpoints({ subsets }: Endpoints): FieldError[] {
  const errors: Errors = [];
  each(subsets).forEach((subset, at) => {
    const path = index('subsets', at);
    const { addresses, notReadyAddresses, ports } = subset;
    if (each(addresses).length + each(notReadyAddresses).length === 0)
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    for (const name of ['addresses', 'notReadyAddresses'] as const) {
      each(subset[name]).forEach((address, place) => {
        const here = index(child(path, name), place);
        ip(errors, address.ip, child(here, 'ip'));
        if (address.hostname) tell(errors, child(here, 'hostname'), address.hostname, []);
        nonSpecialIp(errors, address.ip, child(here, 'ip'));
      });
    }
    each(ports).forEach((port, place) => {
      const here = index(child(path, 'ports'), place);
      if (each(ports).length > 1 && !port.name) errors.push(required(child(here, 'name')));
      portNumber(errors, port.port, child(here, 'port'));
      oneOf(errors, port.protocol, protocols, child(here, 'protocol'));
    });
  });
  return errors;
}

/** Cluster-scoped things have their events in `default`. */
export function validateEvent(event: Event): FieldError[] {
  const about = event.involvedObject.namespace ?? '';
  const home = event.metadata.namespace ?? '';
  const fits = about === home || (about === '' && home === 'default');
  return fits ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

export function validatePodTemplateKind({ template }: PodTemplate): FieldError[] {
  const errors: Errors = [];
  validatePodTemplate(errors, template ?? {}, 'template');
  return errors;
}

export function validateReplicationController({ spec }: ReplicationController): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  if (Object.keys(spec.selector ?? {}).length === 0) errors.push(required('spec.selector'));
  nonNegative(errors, spec.replicas, 'spec.replicas');
  if (!spec.template) return [...errors, required('spec.template')];
  const labels = spec.template.metadata?.labels ?? {};
  if (Object.entries(spec.selector ?? {}).some(([name, value]) => labels[name] !== value)) {
    errors.push(
      invalid(
        'spec.template.metadata.labels',
        sortedMap(spec.template.metadata?.labels),
        '`selector` does not match template `labels`',
      ),
    );
  }
  validatePodTemplate(errors, spec.template, 'spec.template');
  if (spec.template.spec?.restartPolicy !== 'Always')
    oneOf(errors, spec.template.spec?.restartPolicy, ['Always'], 'spec.template.spec.restartPolicy');
  return errors;
}
