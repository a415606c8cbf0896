/** Validation of the smaller kinds of the core group (core/validation). */
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { finalizerMessage, isStandardFinalizer } from '../meta.ts';
import {
  ip,
  label,
  nonNegative,
  nonSpecialIp,
  oneOf,
  portNumber,
  protocols,
  qualified,
  sortedMap,
  subdomain,
  tell,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
  Namespace,
  PodTemplate,
  ReplicationController,
} from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';
import { validatePodTemplate } from './pod-validation.ts';

function finalizer(errors: Errors, name: string, path: FieldPath): void {
  tell(errors, path, name, validateQualifiedName(name));
  if (!isStandardFinalizer(name)) errors.push(invalid(path, name, finalizerMessage));
}

export function validateNamespace({ spec }: Namespace): FieldError[] {
  const errors: Errors = [];
  for (const name of each(spec?.finalizers)) finalizer(errors, name, 'spec.finalizers');
  return errors;
}

export const validateNamespaceUpdate = (
  namespace: Namespace,
  _old: Namespace,
  metadata: MetadataRules,
): FieldError[] => [...metadata.asNew(), ...validateNamespace(namespace), ...metadata.asChanged()];

/** What is left in the way of a namespace's end. */
export function validateNamespaceFinalizers({ spec }: Namespace): FieldError[] {
  const errors: Errors = [];
  each(spec?.finalizers).forEach((name, at) => finalizer(errors, name, index('spec.finalizers', at)));
  return errors;
}

export function validateNamespaceStatus({ status, metadata }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  const wanted = metadata.deletionTimestamp ? 'Terminating' : 'Active';
  const when = metadata.deletionTimestamp ? 'is not empty' : 'is empty';
  if (phase === wanted) return [];
  return [invalid('status.Phase', phase, `may only be '${wanted}' if \`deletionTimestamp\` ${when}`)];
}

function endpointAddress(errors: Errors, address: EndpointAddress, path: FieldPath): void {
  ip(errors, address.ip ?? '', child(path, 'ip'));
  if (address.hostname) label(errors, address.hostname, child(path, 'hostname'));
  if (address.nodeName !== undefined) subdomain(errors, address.nodeName, child(path, 'nodeName'));
  nonSpecialIp(errors, address.ip ?? '', child(path, 'ip'));
}

function endpointPort(errors: Errors, port: EndpointPort, named: boolean, path: FieldPath): void {
  if (port.name) label(errors, port.name, child(path, 'name'));
  else if (named) errors.push(required(child(path, 'name')));
  portNumber(errors, port.port ?? 0, child(path, 'port'));
  oneOf(errors, port.protocol, protocols, child(path, 'protocol'));
  if (port.appProtocol !== undefined) qualified(errors, port.appProtocol, child(path, 'appProtocol'));
}

export function validateEndpoints({ subsets }: Endpoints): FieldError[] {
  const errors: Errors = [];
  each(subsets).forEach((subset, at) => {
    const path = index('subsets', at);
    const ports = each(subset.ports);
    if (each(subset.addresses).length + each(subset.notReadyAddresses).length === 0)
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    for (const name of ['addresses', 'notReadyAddresses'] as const)
      each(subset[name]).forEach((address, place) => endpointAddress(errors, address, index(child(path, name), place)));
    ports.forEach((port, place) => endpointPort(errors, port, ports.length > 1, index(child(path, 'ports'), place)));
  });
  return errors;
}

export const validateEndpointsUpdate = (
  endpoints: Endpoints,
  _old: Endpoints,
  metadata: MetadataRules,
): FieldError[] => [...metadata.asChanged(), ...metadata.asNew(), ...validateEndpoints(endpoints)];

export function validatePodTemplateKind({ template }: PodTemplate): FieldError[] {
  const errors: Errors = [];
  validatePodTemplate(errors, template ?? {}, 'template');
  return errors;
}

export function validateReplicationController({ spec }: ReplicationController): FieldError[] {
  const errors: Errors = [];
  const { selector = {}, template } = spec;
  nonNegative(errors, spec.minReadySeconds, 'spec.minReadySeconds');
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  nonNegative(errors, spec.replicas, 'spec.replicas');
  if (!template) return [...errors, required('spec.template')];
  const labels = template.metadata?.labels;
  if (Object.entries(selector).some(([name, value]) => labels?.[name] !== value)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', sortedMap(labels), detail));
  }
  validatePodTemplate(errors, template, 'spec.template');
  const policy = template.spec?.restartPolicy ?? '';
  if (policy !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicationController is not Supported';
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', detail));
  }
  return errors;
}

/** Upstream looks at everything twice, and tells it twice. */
export function validateReplicationControllerUpdate(
  controller: ReplicationController,
  _old: ReplicationController,
  metadata: MetadataRules,
): FieldError[] {
  const found = validateReplicationController(controller);
  return [...metadata.asNew(), ...found, ...metadata.asChanged(), ...found];
}

export function validateReplicationControllerStatus({ status }: ReplicationController): FieldError[] {
  const errors: Errors = [];
  const { replicas = 0, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const counts = { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas };
  for (const [name, count] of Object.entries(counts)) nonNegative(errors, count, child('status', name));
  nonNegative(errors, status?.observedGeneration, 'status.observedGeneration');
  for (const [name, count] of Object.entries(counts))
    if (count > replicas) errors.push(invalid(child('status', name), count, 'cannot be greater than status.replicas'));
  if (availableReplicas > readyReplicas)
    errors.push(invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas'));
  return errors;
}
