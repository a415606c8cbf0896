/** Validation of CustomResourceDefinitions in upstream's words and places (apiextensions `apis/apiextensions/validation`). Pure. */
import { isDeepStrictEqual } from 'node:util';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
} from '@orrery/kinds/types';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { parseJsonPath } from '@orrery/machinery/jsonpath';
import { validateDns1035Label, validateDns1123Subdomain } from '@orrery/machinery/names';
import { isProtectedGroup, isTrue } from './names.ts';
import { oneOf, validateConversion } from './conversion-rules.ts';
import { validateDefaults, validateSchema } from './schema-rules.ts';
import { validateSelectable } from './selectable-rules.ts';
import { validateStructural } from './structure-rules.ts';

const { child, forbidden, index, invalid, invalidShown, required } = field;

/** What of a version stands at the top of the spec where all versions agree: upstream names places by that. */
interface Shared {
  readonly schema: boolean;
  readonly subresources: boolean;
  readonly columns: boolean;
  readonly selectable: boolean;
}

export function sharedBy(versions: readonly CustomResourceDefinitionVersion[]): Shared {
  const same = (get: (version: CustomResourceDefinitionVersion) => unknown): boolean =>
    versions.every(version => isDeepStrictEqual(get(version), get(versions[0]!)));
  return {
    schema: same(version => version.schema),
    subresources: same(version => version.subresources),
    columns: same(version => version.additionalPrinterColumns),
    selectable: same(version => version.selectableFields),
  };
}

export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const { spec, metadata, status } = definition;
  const errors: FieldError[] = [];
  const wanted = `${spec.names.plural}.${spec.group}`;
  if (metadata.name !== undefined && metadata.name !== wanted)
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  errors.push(...validateSpec(spec));
  errors.push(...validateStoredVersions(status?.storedVersions, spec));
  errors.push(...validateApproval(definition));
  return errors;
}

export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const { spec, status } = definition;
  const errors = validateSpec(spec);
  const immutable = (value: string, before: string, path: string): void => {
    if (value !== before) errors.push(invalid(path, value, 'field is immutable'));
  };
  if (isTrue(old.status, 'Established')) {
    immutable(spec.scope, old.spec.scope, 'spec.scope');
    immutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind');
  }
  immutable(spec.group, old.spec.group, 'spec.group');
  immutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural');
  errors.push(...validateStoredVersions(status?.storedVersions, spec));
  const annotation = (object: CustomResourceDefinition) => object.metadata.annotations?.[approval];
  if (annotation(definition) !== annotation(old)) errors.push(...validateApproval(definition));
  return errors;
}

function validateSpec(spec: CustomResourceDefinitionSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { group, versions } = spec;
  const groupProblems = validateDns1123Subdomain(group);
  if (!group) errors.push(required('spec.group'));
  else if (groupProblems.length > 0) errors.push(invalid('spec.group', group, groupProblems.join(',')));
  else if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  oneOf(errors, 'spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  const shared = sharedBy(versions ?? []);
  const hoisted = versions?.[0];
  if (spec.preserveUnknownFields)
    errors.push(
      invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  (versions ?? []).forEach((version, at) => {
    if (!version.schema?.openAPIV3Schema) errors.push(required(`${index('spec.versions', at)}.schema.openAPIV3Schema`));
  });
  (versions ?? []).forEach((version, at) => validateVersion(errors, version, index('spec.versions', at), shared));
  validateVersions(errors, versions ?? [], shared);
  const first = hoisted?.name ?? '';
  const problems = first === '' ? [] : validateDns1035Label(first);
  if (problems.length > 0) errors.push(invalid('spec.version', first, problems.join(',')));
  validateNames(errors, spec.names);
  if (hoisted) {
    if (shared.schema) validateValidation(errors, hoisted.schema, versions.some(hasStatus), 'spec.validation');
    if (shared.subresources) validateSubresources(errors, hoisted.subresources, 'spec.subresources');
    if (shared.columns) validateColumns(errors, hoisted.additionalPrinterColumns, 'spec.additionalPrinterColumns');
    if (shared.selectable) validateSelectable(errors, hoisted, 'spec.selectableFields');
  }
  validateConversion(errors, spec.conversion);
  return errors;
}

const hasStatus = ({ subresources }: CustomResourceDefinitionVersion): boolean =>
  subresources?.status !== undefined && subresources.status !== null;

const label = (errors: FieldError[], path: string, value: string): void => {
  const problems = validateDns1035Label(value);
  if (problems.length > 0) errors.push(invalid(path, value, problems.join(',')));
};

const maxWarning = 256;

/** Where the first letter stands, in bytes, that Go does not print; -1 when there is none. */
function unprintableAt(text: string): number {
  let at = 0;
  for (const letter of text) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(letter)) return at;
    at += Buffer.byteLength(letter);
  }
  return -1;
}

function validateVersion(
  errors: FieldError[],
  version: CustomResourceDefinitionVersion,
  path: string,
  shared: Shared,
): void {
  label(errors, child(path, 'name'), version.name);
  const { deprecationWarning: warning } = version;
  if (warning !== undefined) {
    const at = child(path, 'deprecationWarning');
    if (!version.deprecated) errors.push(invalid(at, warning, 'can only be set for deprecated versions'));
    if (Buffer.byteLength(warning) > maxWarning)
      errors.push(invalid(at, warning, `must be <= ${maxWarning} characters long`));
    if (warning === '') errors.push(invalid(at, warning, 'must not be an empty string'));
    const bad = unprintableAt(warning);
    if (bad >= 0) {
      const found = `non-printable character found at index ${bad}`;
      errors.push(invalid(at, warning, `must only contain printable UTF-8 characters; ${found}`));
    }
  }
  if (!shared.schema) validateValidation(errors, version.schema, hasStatus(version), child(path, 'schema'));
  if (!shared.subresources) validateSubresources(errors, version.subresources, child(path, 'subresources'));
  if (!shared.columns)
    validateColumns(errors, version.additionalPrinterColumns, child(path, 'additionalPrinterColumns'));
  if (!shared.selectable) validateSelectable(errors, version, child(path, 'selectableFields'));
}

/** Versions as Go shows upstream's internal form. */
const shownVersions = (versions: readonly CustomResourceDefinitionVersion[], shared: Shared): string =>
  JSON.stringify(
    versions.map(version => ({
      Name: version.name,
      Served: version.served,
      Storage: version.storage,
      Deprecated: version.deprecated ?? false,
      DeprecationWarning: version.deprecationWarning ?? null,
      Schema: shared.schema ? null : (version.schema ?? null),
      Subresources: shared.subresources ? null : (version.subresources ?? null),
      AdditionalPrinterColumns: shared.columns ? null : (version.additionalPrinterColumns ?? null),
      SelectableFields: shared.selectable ? null : (version.selectableFields ?? null),
    })),
  );

function validateVersions(
  errors: FieldError[],
  versions: readonly CustomResourceDefinitionVersion[],
  shared: Shared,
): void {
  const shown = shownVersions(versions, shared);
  if (new Set(versions.map(version => version.name)).size < versions.length)
    errors.push(invalidShown('spec.versions', shown, 'must contain unique version names'));
  if (versions.filter(version => version.storage).length !== 1)
    errors.push(invalidShown('spec.versions', shown, 'must have exactly one version marked as storage version'));
}

const mixedCase = 'may have mixed case, but should otherwise match: ';

function validateNames(errors: FieldError[], names: CustomResourceDefinitionNames): void {
  const at = (name: string): string => `spec.names.${name}`;
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[name]) errors.push(required(at(name)));
  for (const name of ['plural', 'singular'] as const) if (names[name]) label(errors, at(name), names[name]);
  for (const name of ['kind', 'listKind'] as const) {
    const value = names[name];
    const problems = value ? validateDns1035Label(value.toLowerCase()) : [];
    if (problems.length > 0) errors.push(invalid(at(name), value, mixedCase + problems.join(',')));
  }
  names.shortNames?.forEach((name, place) => label(errors, index(at('shortNames'), place), name));
  if (names.kind && names.kind === names.listKind)
    errors.push(invalid(at('listKind'), names.listKind, 'kind and listKind may not be the same'));
  names.categories?.forEach((name, place) => label(errors, index(at('categories'), place), name));
}

/** What the root may say when status is apart, in Go's names. */
const rootFields =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';

/** Go's name of a field of a schema. */
function goNameOf(name: string): string {
  if (name === 'x-kubernetes-preserve-unknown-fields') return 'XPreserveUnknownFields';
  if (name === 'x-kubernetes-validations') return 'XValidations';
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

function validateValidation(
  errors: FieldError[],
  validation: CustomResourceValidation | undefined,
  statusIsApart: boolean,
  path: string,
): void {
  const schema = validation?.openAPIV3Schema;
  if (!schema) return;
  const at = child(path, 'openAPIV3Schema');
  if (statusIsApart && schema.type && schema.type !== 'object') {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(invalid(child(at, 'type'), schema.type, why));
  } else if (statusIsApart && Object.keys(schema).some(name => !rootFields.split(' ').includes(goNameOf(name)))) {
    const why = `only [${rootFields}] fields are allowed at the root of the schema if the status subresource is enabled`;
    errors.push(invalid(at, schema, why));
  }
  if (schema.nullable) errors.push(forbidden(child(at, 'nullable'), 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, at);
  errors.push(...structural);
  if (structural.length === 0) errors.push(...validateDefaults(schema, at));
  errors.push(...validateSchema(schema, at));
}

/** @returns whether the path may be used */
function simplePath(errors: FieldError[], path: string, at: string): boolean {
  let problem = '';
  if (!path.startsWith('.')) problem = 'must be a simple json path starting with .';
  else
    try {
      parseJsonPath(path);
    } catch (error) {
      problem = `must be a valid json path: ${(error as Error).message}`;
    }
  if (problem !== '') errors.push(invalid(at, path, problem));
  return problem === '';
}

function validateSubresources(
  errors: FieldError[],
  subresources: CustomResourceSubresources | undefined,
  path: string,
): void {
  const scale = subresources?.scale;
  if (!scale) return;
  const check = (name: keyof typeof scale, prefixes: readonly string[], why: string): void => {
    const at = `${path}.scale.${name}`;
    const value = scale[name];
    if (!value) return void errors.push(required(at));
    if (!simplePath(errors, value, at)) return;
    if (!prefixes.some(prefix => value.startsWith(prefix))) errors.push(invalid(at, value, why));
    else if (/[[\]*?]/.test(value))
      errors.push(invalid(at, value, 'must be a simple json path without array notation'));
  };
  check('specReplicasPath', ['.spec.'], 'should be a json path under .spec');
  check('statusReplicasPath', ['.status.'], 'should be a json path under .status');
  if (scale.labelSelectorPath)
    check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status');
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateColumns(
  errors: FieldError[],
  columns: readonly CustomResourceColumnDefinition[] | undefined,
  path: string,
): void {
  columns?.forEach((column, place) => {
    const at = index(path, place);
    if (!column.name) errors.push(required(child(at, 'name')));
    const words = `must be one of ${columnTypes.join(',')}`;
    if (!column.type) errors.push(required(child(at, 'type'), words));
    else if (!columnTypes.includes(column.type)) errors.push(invalid(child(at, 'type'), column.type, words));
    if (column.format && !columnFormats.includes(column.format))
      errors.push(invalid(child(at, 'format'), column.format, `must be one of ${columnFormats.join(',')}`));
    if (!column.jsonPath) errors.push(required(child(at, 'JSONPath')));
    else simplePath(errors, column.jsonPath, child(at, 'JSONPath'));
  });
}

function validateStoredVersions(
  stored: readonly string[] | null | undefined,
  { versions }: CustomResourceDefinitionSpec,
): FieldError[] {
  const path = 'status.storedVersions';
  const errors: FieldError[] = [];
  if (!stored || stored.length === 0) return [invalid(path, null, 'must have at least one stored version')];
  for (const version of versions ?? [])
    if (version.storage && !stored.includes(version.name))
      errors.push(invalid(path, stored, `must have the storage version ${version.name}`));
  stored.forEach((name, at) => {
    if (versions?.some(version => version.name === name)) return;
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalid(index(path, at), name, why));
  });
  return errors;
}

const approval = 'api-approved.kubernetes.io';

function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(spec.group)) return [];
  const path = `metadata.annotations[${approval}]`;
  const text = metadata.annotations?.[approval];
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (text === undefined)
    return [required(path, `protected groups must have approval annotation "${approval}", ${see}`)];
  if (/^https?:\/\/\S+$/.test(text) || text.startsWith('unapproved')) return [];
  const why = `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", ${see}`;
  return [invalid(path, text, why)];
}
