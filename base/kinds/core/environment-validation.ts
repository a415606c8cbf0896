/** Validation of a container's environment (core/validation `ValidateEnv`, `ValidateEnvFrom`). */
import { child, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateConfigMapKey, validateRelaxedEnvironmentName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { subdomainName } from '../meta.ts';
import { subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../types.data.ts';
import { validateFieldRef, validateResourceFieldRef } from './reference-validation.ts';

const fields = [
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

function validateKeyRef(errors: Errors, { name = '', key }: { name?: string; key: string }, path: FieldPath): void {
  subdomain(errors, name, child(path, 'name'));
  if (!key) errors.push(required(child(path, 'key')));
  else tell(errors, child(path, 'key'), key, validateConfigMapKey(key));
}

function validateSource(errors: Errors, source: EnvVarSource, value: string | undefined, path: FieldPath): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) validateFieldRef(errors, fieldRef, fields, child(path, 'fieldRef'));
  if (resourceFieldRef) validateResourceFieldRef(errors, resourceFieldRef, false, child(path, 'resourceFieldRef'));
  if (configMapKeyRef) validateKeyRef(errors, configMapKeyRef, child(path, 'configMapKeyRef'));
  if (secretKeyRef) validateKeyRef(errors, secretKeyRef, child(path, 'secretKeyRef'));
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  const choices = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
  if (count === 0) errors.push(invalid(path, '', choices));
  else if (value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
}

export function validateEnvironment(errors: Errors, variables: readonly EnvVar[], path: FieldPath): void {
  variables.forEach(({ name, value, valueFrom }, at) => {
    const here = index(path, at);
    if (!name) errors.push(required(child(here, 'name')));
    else tell(errors, child(here, 'name'), name, validateRelaxedEnvironmentName(name));
    if (valueFrom) validateSource(errors, valueFrom, value, child(here, 'valueFrom'));
  });
}

/** The name of a whole ConfigMap or Secret: judged as if more could follow. */
function validateWhole(errors: Errors, name: string | undefined, path: FieldPath): void {
  if (!name) errors.push(required(path));
  else tell(errors, path, name, subdomainName(name, true));
}

export function validateEnvironmentFrom(
  errors: Errors,
  sources: readonly EnvFromSource[] | undefined,
  path: FieldPath,
): void {
  each(sources).forEach(({ prefix, configMapRef, secretRef }, at) => {
    const here = index(path, at);
    if (prefix) tell(errors, child(here, 'prefix'), prefix, validateRelaxedEnvironmentName(prefix));
    if (configMapRef) validateWhole(errors, configMapRef.name, child(here, 'configMapRef', 'name'));
    if (secretRef) validateWhole(errors, secretRef.name, child(here, 'secretRef', 'name'));
    if (!configMapRef && !secretRef)
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef)
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  });
}
