/** Validation of metadata (apimachinery `api/validation` ValidateObjectMeta). */
import { child, duplicate, forbidden, index, invalid, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import type { ObjectMeta, OwnerReference } from '@orrery/machinery/meta';
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegmentName,
  validateQualifiedName,
} from '@orrery/machinery/names';

/** Problems of a name in upstream's words; `prefix` is true for generateName, which may end in a dash. */
export type NameRule = (name: string, prefix: boolean) => string[];

/** The prefix of a generated name is judged as if a letter followed its trailing dash. */
const maskTrailingDash = (name: string): string =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
const rule =
  (validate: (name: string) => string[]): NameRule =>
  (name, prefix) =>
    validate(prefix ? maskTrailingDash(name) : name);

export const subdomainName: NameRule = rule(validateDns1123Subdomain);
export const labelName: NameRule = rule(validateDns1123Label);
export const dns1035Name: NameRule = rule(validateDns1035Label);
/** RBAC objects: anything that is one segment of a path. */
export const pathSegmentName: NameRule = (name, prefix) =>
  prefix
    ? validatePathSegmentName(name).filter(problem => !problem.startsWith('may not be'))
    : validatePathSegmentName(name);
export const anyName: NameRule = () => [];

/** Labels of any object: keys are qualified names, values label values. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(labels ?? {})) {
    for (const problem of validateQualifiedName(name)) errors.push(invalid(path, name, problem));
    for (const problem of validateLabelValue(value)) errors.push(invalid(path, value, problem));
  }
  return errors;
}

const annotationLimit = 256 * 1024;
const encoder = new TextEncoder();

/** Keys are qualified names in any case of letters; keys and values together are at most 256 KiB. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(annotations ?? {})) {
    for (const problem of validateQualifiedName(name.toLowerCase())) errors.push(invalid(path, name, problem));
    size += name.length + value.length > annotationLimit ? annotationLimit + 1 : byteLength(name) + byteLength(value);
  }
  if (size > annotationLimit) errors.push(tooLong(path, annotationLimit));
  return errors;
}

const byteLength = (text: string): number => encoder.encode(text).length;

function validateOwner(owner: OwnerReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind, name, uid } = owner;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  if (version === '') errors.push(invalid(child(path, 'apiVersion'), apiVersion, 'version must not be empty'));
  if (kind === '') errors.push(invalid(child(path, 'kind'), kind, 'must not be empty'));
  if (name === '') errors.push(invalid(child(path, 'name'), name, 'must not be empty'));
  if (uid === '') errors.push(invalid(child(path, 'uid'), uid, 'must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') {
    errors.push(invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

function validateOwners(owners: readonly OwnerReference[] | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners ?? []) {
    errors.push(...validateOwner(owner, path));
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, owners, detail));
    } else controller = name;
  }
  return errors;
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

function validateFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of finalizers ?? []) {
    for (const problem of validateQualifiedName(name)) errors.push(invalid(path, name, problem));
  }
  const names = finalizers ?? [];
  if (names.includes('orphan') && names.includes('foregroundDeletion')) {
    errors.push(invalid(path, names, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** What the built-in kinds ask of finalizers: a domain, or a name that Kubernetes itself uses. */
function validateStandardFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): FieldError[] {
  return (finalizers ?? []).flatMap((name, at) =>
    name.includes('/') || standardFinalizers.has(name) ? [] : [invalid(index(path, at), name, finalizerMessage)],
  );
}

/** Of one name, where all are told at the list. */
export const isStandardFinalizer = (name: string): boolean => name.includes('/') || standardFinalizers.has(name);

export const finalizerMessage = 'name is neither a standard finalizer name nor is it fully qualified';

/** As nearly all managers are called. Every write is asked, for every manager of the object. */
const plainManager = /^[ -~]{0,128}$/;

/** The name of whoever manages fields: at most 128 bytes, printable. */
function validateManager(manager: string, path: FieldPath): FieldError[] {
  if (plainManager.test(manager)) return [];
  const errors: FieldError[] = byteLength(manager) > 128 ? [tooLong(path, 128)] : [];
  let position = 0;
  for (const letter of manager) {
    if (/\p{C}|(?! )\p{Z}/u.test(letter)) {
      const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += byteLength(letter);
  }
  return errors;
}

function validateManagedFields(meta: ObjectMeta, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  (meta.managedFields ?? []).forEach((entry, at) => {
    const place = index(path, at);
    const operation = entry.operation as string | undefined;
    if (operation !== 'Apply' && operation !== 'Update') {
      errors.push(invalid(child(place, 'operation'), operation ?? '', 'must be `Apply` or `Update`'));
    }
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
      errors.push(invalid(child(place, 'fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateManager(entry.manager ?? '', child(place, 'manager')));
    if (entry.subresource && byteLength(entry.subresource) > 256)
      errors.push(tooLong(child(place, 'subresource'), 256));
  });
  return errors;
}

/** Metadata of a new object. `anyFinalizer`: outside the built-in kinds, finalizers need no domain. */
export function validateObjectMeta(
  meta: ObjectMeta,
  namespaced: boolean,
  nameRule: NameRule,
  path: FieldPath = 'metadata',
  anyFinalizer = false,
): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const problem of nameRule(meta.generateName, true))
      errors.push(invalid(child(path, 'generateName'), meta.generateName, problem));
  }
  if (!meta.name) errors.push(required(child(path, 'name'), 'name or generateName is required'));
  else for (const problem of nameRule(meta.name, false)) errors.push(invalid(child(path, 'name'), meta.name, problem));
  if (namespaced) {
    if (!meta.namespace) errors.push(required(child(path, 'namespace')));
    else
      for (const problem of labelName(meta.namespace, false))
        errors.push(invalid(child(path, 'namespace'), meta.namespace, problem));
  } else if (meta.namespace) errors.push(forbidden(child(path, 'namespace'), 'not allowed on this type'));
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalid(child(path, 'generation'), meta.generation, 'must be greater than or equal to 0'));
  }
  const finalizers = child(path, 'finalizers');
  errors.push(...validateAccessor(meta, path));
  errors.push(...validateFinalizers(meta.finalizers, finalizers));
  errors.push(...validateManagedFields(meta, child(path, 'managedFields')));
  if (!anyFinalizer) errors.push(...validateStandardFinalizers(meta.finalizers, finalizers));
  return errors;
}

/** What holds for new and changed objects. */
const validateAccessor = (meta: ObjectMeta, path: FieldPath): FieldError[] => [
  ...validateLabels(meta.labels, child(path, 'labels')),
  ...validateAnnotations(meta.annotations, child(path, 'annotations')),
  ...validateOwners(meta.ownerReferences, child(path, 'ownerReferences')),
];

export const immutableMessage = 'field is immutable';

/** An error when a value changed that never may. */
export const immutable = (value: unknown, old: unknown, path: FieldPath): FieldError[] =>
  sameJson(value, old) ? [] : [invalid(path, value ?? null, immutableMessage)];

/** Equality of JSON values in which empty lists and maps equal absent ones (upstream's `Semantic.DeepEqual`). */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = emptyToUndefined(a);
  const right = emptyToUndefined(b);
  if (left === undefined || right === undefined) return left === right;
  if (typeof left !== 'object' || typeof right !== 'object') return left === right;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, at) => sameJson(item, right[at]));
  }
  const names = new Set([...Object.keys(left!), ...Object.keys(right!)]);
  return [...names].every(name =>
    sameJson((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
  );
}

function emptyToUndefined(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** Metadata of a changed object: names, uid, creation and deletion times stay. */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  path: FieldPath = 'metadata',
  anyFinalizer = false,
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp && (meta.finalizers?.length ?? 0) > 0) {
    const added = [...new Set(meta.finalizers)].filter(name => !old.finalizers?.includes(name)).sort();
    if (added.length > 0) {
      const shown = added.map(name => `"${name}"`).join(', ');
      errors.push(
        forbidden(
          child(path, 'finalizers'),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
        ),
      );
    }
  }
  const names = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const;
  if (!meta.resourceVersion)
    errors.push(invalid(child(path, 'resourceVersion'), '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid(child(path, 'generation'), meta.generation ?? 0, 'must not be decremented'));
  }
  for (const name of names) errors.push(...immutable(meta[name], old[name], child(path, name)));
  errors.push(...validateAccessor(meta, path), ...validateManagedFields(meta, child(path, 'managedFields')));
  if (!anyFinalizer) errors.push(...validateStandardFinalizers(meta.finalizers, child(path, 'finalizers')));
  return errors;
}

/** Duplicates in a list of texts, told at the later one. */
export function duplicates(values: readonly string[], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return values.flatMap((value, at) => {
    const again = seen.has(value);
    seen.add(value);
    return again ? [duplicate(index(path, at), value)] : [];
  });
}
