/** What a schema may not say at all, node by node (apiextensions `validation`), and whether its defaults fit. Pure. */
import type { JSONSchemaProps, ValidationRule } from '@orrery/kinds/types';
import { child, forbidden, index, invalid, key, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { dropUnknown } from '@orrery/machinery/schema';
import { validateEmbedded } from './invariants.ts';
import { resolveFieldPath } from './rules/fieldpath.ts';
import { structuralOf } from './structural.ts';
import { maxSchemaDepth } from './structure-rules.ts';
import { validateValue } from './validate.ts';

const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Where a node stands. */
interface Placement {
  readonly isRoot: boolean;
  readonly depth: number;
  /** Why defaults are forbidden here; undefined where they are not. */
  readonly noDefaults: string | undefined;
  /** Within the kind, apiVersion or metadata of an object. */
  readonly isInEnvelope: boolean;
}

const atRoot: Placement = { isRoot: true, depth: 0, noDefaults: undefined, isInEnvelope: false };
const envelope = ['metadata', 'kind', 'apiVersion'];

/** Every node of a schema. @returns the problems, those of a node before those of what is inside */
export function validateSchema(schema: JSONSchemaProps, path: string, place = atRoot): FieldError[] {
  const { isRoot, depth, noDefaults, isInEnvelope } = place;
  if (depth > maxSchemaDepth) return [];
  const errors: FieldError[] = [];
  checkKeywords(errors, schema, path, place);
  const { additionalProperties: values, properties, items } = schema;
  if (values !== undefined && Object.keys(properties ?? {}).length > 0 && values !== true) {
    const why = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbidden(child(path, 'additionalProperties'), why));
  }
  const inside = (part: JSONSchemaProps, at: string, other: Partial<Placement> = {}): void => {
    const there = { isRoot: false, depth: depth + 1, noDefaults, isInEnvelope, ...other };
    errors.push(...validateSchema(part, at, there));
  };
  if (typeof values === 'object') {
    const why = isInEnvelope ? { noDefaults: 'inside additionalProperties applying to object metadata' } : {};
    inside(values, child(path, 'additionalProperties'), why);
  }
  for (const name of Object.keys(properties ?? {}).sort()) {
    const isEnvelope = envelope.includes(name) && (isRoot || schema['x-kubernetes-embedded-resource'] === true);
    inside(properties![name]!, key(child(path, 'properties'), name), {
      ...(isEnvelope && { isInEnvelope: true }),
      ...(isEnvelope && isRoot && { noDefaults: `in top-level ${name}` }),
    });
  }
  if (schema.not) inside(schema.not, child(path, 'not'));
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const)
    schema[name]?.forEach((part, at) => inside(part, index(child(path, name), at)));
  if (items && !Array.isArray(items)) inside(items, child(path, 'items'));
  checkExtensions(errors, schema, path);
  schema['x-kubernetes-validations']?.forEach((rule, at) =>
    checkRule(errors, rule, schema, index(child(path, 'x-kubernetes-validations'), at)),
  );
  return errors;
}

function checkKeywords(errors: FieldError[], schema: JSONSchemaProps, path: string, place: Placement): void {
  const { type } = schema;
  if (type && !types.includes(type)) errors.push(notSupported(child(path, 'type'), type, types));
  if (place.noDefaults !== undefined && schema.default !== undefined && schema.default !== null)
    errors.push(forbidden(child(path, 'default'), `must not be set ${place.noDefaults}`));
  for (const name of unsupported)
    if (schema[name] !== undefined && schema[name] !== '')
      errors.push(forbidden(child(path, name), `${name} is not supported`));
  if (type === 'null')
    errors.push(forbidden(child(path, 'type'), 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items))
    errors.push(forbidden(child(path, 'items'), 'items must be a schema object and not an array'));
  if (place.isInEnvelope && schema['x-kubernetes-embedded-resource'])
    errors.push(forbidden(child(path, 'x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  if (schema.uniqueItems) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(child(path, 'uniqueItems'), why));
  }
}

function checkExtensions(errors: FieldError[], schema: JSONSchemaProps, path: string): void {
  const mapType = schema['x-kubernetes-map-type'];
  const listType = schema['x-kubernetes-list-type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalid(child(path, 'x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
  const mustBe = (type: string, extension: string): void => {
    if (schema.type === type) return;
    const why = `must be ${type} if ${extension} is specified`;
    errors.push(schema.type ? invalid(child(path, 'type'), schema.type, why) : required(child(path, 'type'), why));
  };
  if (mapType !== undefined) {
    mustBe('object', 'x-kubernetes-map-type');
    const words = ['atomic', 'granular'];
    if (!words.includes(mapType)) errors.push(notSupported(child(path, 'x-kubernetes-map-type'), mapType, words));
  }
  if (listType !== undefined) {
    mustBe('array', 'x-kubernetes-list-type');
    const words = ['atomic', 'set', 'map'];
    if (!words.includes(listType)) errors.push(notSupported(child(path, 'x-kubernetes-list-type'), listType, words));
  }
  checkListMap(errors, schema, path);
  if (listType === 'set') checkSet(errors, schema, path);
}

const itemsOf = ({ items }: JSONSchemaProps): JSONSchemaProps | undefined =>
  items && !Array.isArray(items) ? items : undefined;

function checkSet(errors: FieldError[], schema: JSONSchemaProps, path: string): void {
  const items = itemsOf(schema);
  if (!items) return;
  const at = child(path, 'items');
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const extension = items.type === 'object' ? 'x-kubernetes-map-type' : 'x-kubernetes-list-type';
  if ((items.type === 'object' || items.type === 'array') && items[extension] !== 'atomic') {
    // A list without a word is atomic.
    if (items.type === 'object' || items[extension] !== undefined)
      errors.push(invalid(child(at, extension), items[extension] ?? null, why));
  }
  if (items.nullable)
    errors.push(forbidden(child(at, 'nullable'), 'cannot be nullable when x-kubernetes-list-type is set'));
}

function checkListMap(errors: FieldError[], schema: JSONSchemaProps, path: string): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const at = child(path, 'x-kubernetes-list-type');
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(at, why) : invalid(at, listType, why));
  }
  if (listType !== 'map') return;
  const keysAt = child(path, 'x-kubernetes-list-map-keys');
  if (keys.length === 0) errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'));
  const items = itemsOf(schema);
  const itemsAt = child(path, 'items');
  if (!items) return void errors.push(required(itemsAt, 'must have a schema if x-kubernetes-list-type is map'));
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return void errors.push(invalid(child(itemsAt, 'type'), items.type ?? '', why));
  }
  const seen = new Set<string>();
  for (const name of keys) {
    const field = items.properties && Object.hasOwn(items.properties, name) ? items.properties[name] : undefined;
    const fieldAt = key(child(itemsAt, 'properties'), name);
    if (!field) errors.push(invalid(keysAt, keys, 'entries must all be names of item properties'));
    else if (field.type === 'array' || field.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(child(fieldAt, 'type'), items.type, why));
    }
    if (seen.has(name)) errors.push(invalid(keysAt, keys, 'must not contain duplicate entries'));
    seen.add(name);
  }
  checkKeys(errors, items, keys, itemsAt);
}

/** Keys are always there. */
function checkKeys(errors: FieldError[], items: JSONSchemaProps, keys: readonly string[], itemsAt: string): void {
  if (items.nullable)
    errors.push(forbidden(child(itemsAt, 'nullable'), 'cannot be nullable when x-kubernetes-list-type is map'));
  for (const name of keys) {
    const field = items.properties && Object.hasOwn(items.properties, name) ? items.properties[name] : undefined;
    if (!field) continue;
    const at = key(child(itemsAt, 'properties'), name);
    const is = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(name) && field.default === undefined)
      errors.push(required(child(at, 'default'), `${is} must have a default or be a required property`));
    if (field.nullable) errors.push(forbidden(child(at, 'nullable'), `${is} cannot be nullable`));
  }
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** The form of a rule; what it means is for `rules/check.ts`. */
function checkRule(errors: FieldError[], rule: ValidationRule, schema: JSONSchemaProps, path: string): void {
  const { message, messageExpression, reason, fieldPath } = rule;
  const messageAt = child(path, 'message');
  if (rule.rule.trim() === '') errors.push(required(child(path, 'rule'), 'rule is not specified'));
  if (message && message.trim() === '')
    errors.push(invalid(messageAt, message, 'message must be non-empty if specified'));
  else if (message && /[\r\n]/.test(message.trim()))
    errors.push(invalid(messageAt, message, 'must not contain line breaks'));
  else if (!message && /[\r\n]/.test(rule.rule.trim()))
    errors.push(required(messageAt, 'message must be specified if rule contains line breaks'));
  if (messageExpression && messageExpression.trim() === '')
    errors.push(required(child(path, 'messageExpression'), 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !reasons.includes(reason))
    errors.push(notSupported(child(path, 'reason'), reason, reasons));
  if (!fieldPath) return;
  const fieldPathAt = child(path, 'fieldPath');
  if (fieldPath.trim() === '') errors.push(invalid(fieldPathAt, fieldPath, 'must be non-empty if specified'));
  if (/[\r\n]/.test(fieldPath)) errors.push(invalid(fieldPathAt, fieldPath, 'must not contain line breaks'));
  if (resolveFieldPath(fieldPath, schema) === undefined)
    errors.push(invalid(fieldPathAt, fieldPath, 'must be a valid path'));
}

/** Whether each default is valid and known itself. */
export function validateDefaults(schema: JSONSchemaProps, path: string, depth = 0): FieldError[] {
  if (depth > maxSchemaDepth) return [];
  const errors: FieldError[] = [];
  if (schema.default !== undefined && schema.default !== null)
    errors.push(...checkDefault(schema, child(path, 'default')));
  for (const name of Object.keys(schema.properties ?? {}).sort())
    errors.push(...validateDefaults(schema.properties![name]!, key(child(path, 'properties'), name), depth + 1));
  if (typeof schema.additionalProperties === 'object')
    errors.push(...validateDefaults(schema.additionalProperties, child(path, 'additionalProperties'), depth + 1));
  const items = itemsOf(schema);
  if (items) errors.push(...validateDefaults(items, child(path, 'items'), depth + 1));
  return errors;
}

function checkDefault(schema: JSONSchemaProps, path: string): FieldError[] {
  const structural = structuralOf(schema);
  const value = structuredClone(schema.default);
  const errors: FieldError[] = [];
  if (dropUnknown(structural, value) !== value)
    errors.push(invalid(path, schema.default, 'must not have unknown fields'));
  const below = (error: FieldError): FieldError => ({
    ...error,
    field: error.field === '' || error.field === '<nil>' ? path : child(path, error.field),
  });
  const ofEnvelopes = validateEmbedded(structural, schema.default);
  const found = ofEnvelopes.length > 0 ? ofEnvelopes : validateValue(schema, schema.default);
  return [...errors, ...found.map(below)];
}
