/** Validation of ConfigMaps and secrets (core/validation `ValidateConfigMap`, `ValidateSecret`). */
import { forbidden, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { unmarshalProblem } from '@orrery/machinery/json-problem';
import { validateConfigMapKey } from '@orrery/machinery/names';
import { immutableMessage, sameJson } from '../meta.ts';
import { tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ConfigMap, Secret } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';

/** The largest payload of a ConfigMap or Secret, in bytes. */
const largest = 1024 * 1024;
const base64Size = (text: string): number =>
  Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
const encoder = new TextEncoder();

const tooLarge = (field: string): FieldError => ({
  type: 'tooLong',
  field,
  message: `Too long: may not be more than ${largest} bytes`,
});

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
  if (size > largest) errors.push(tooLarge('[]'));
  return errors;
}

const sealed = 'field is immutable when `immutable` is set';

export function validateConfigMapUpdate(map: ConfigMap, old: ConfigMap, metadata: MetadataRules): FieldError[] {
  const errors: Errors = [...metadata.asChanged()];
  if (old.immutable) {
    if (!map.immutable) errors.push(forbidden('immutable', sealed));
    if (!sameJson(map.data, old.data)) errors.push(forbidden('data', sealed));
    if (!sameJson(map.binaryData, old.binaryData)) errors.push(forbidden('binaryData', sealed));
  }
  return [...errors, ...metadata.asNew(), ...validateConfigMap(map)];
}

function validateDockerConfig(errors: Errors, content: string | undefined, name: string): void {
  if (content === undefined) return void errors.push(required(key('data', name)));
  const text = new TextDecoder().decode(Uint8Array.from(atob(content), letter => letter.charCodeAt(0)));
  const problem = unmarshalProblem(text, 'map[string]interface {}');
  if (problem !== undefined) errors.push(invalid(key('data', name), '<secret contents redacted>', problem));
}

const accountAnnotation = 'kubernetes.io/service-account.name';

/** What a secret of a known type must hold. */
function validateType(errors: Errors, { metadata, type, data = {} }: Secret): void {
  const need = (...names: string[]): void => names.forEach(name => errors.push(required(key('data', name))));
  if (type === 'kubernetes.io/service-account-token') {
    if (!metadata.annotations?.[accountAnnotation])
      errors.push(required(key('metadata.annotations', accountAnnotation)));
  } else if (type === 'kubernetes.io/dockercfg') validateDockerConfig(errors, data['.dockercfg'], '.dockercfg');
  else if (type === 'kubernetes.io/dockerconfigjson')
    validateDockerConfig(errors, data['.dockerconfigjson'], '.dockerconfigjson');
  else if (type === 'kubernetes.io/basic-auth') {
    if (data['username'] === undefined && data['password'] === undefined) need('username', 'password');
  } else if (type === 'kubernetes.io/ssh-auth') {
    if (!data['ssh-privatekey']) need('ssh-privatekey');
  } else if (type === 'kubernetes.io/tls') need(...['tls.crt', 'tls.key'].filter(name => data[name] === undefined));
}

export function validateSecret(secret: Secret): FieldError[] {
  const errors: Errors = [];
  let size = 0;
  for (const [name, value] of Object.entries(secret.data ?? {})) {
    tell(errors, key('data', name), name, validateConfigMapKey(name));
    size += base64Size(value);
  }
  if (size > largest) errors.push(tooLarge('data'));
  validateType(errors, secret);
  return errors;
}

export function validateSecretUpdate(secret: Secret, old: Secret, metadata: MetadataRules): FieldError[] {
  const errors: Errors = [...metadata.asChanged()];
  if ((secret.type ?? '') !== (old.type ?? '')) errors.push(invalid('type', secret.type ?? '', immutableMessage));
  if (old.immutable) {
    if (!secret.immutable) errors.push(forbidden('immutable', sealed));
    if (!sameJson(secret.data, old.data)) errors.push(forbidden('data', sealed));
  }
  return [...errors, ...metadata.asNew(), ...validateSecret(secret)];
}
