import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomResourceDefinition, JSONSchemaProps } from '@orrery/kinds/types';
import { describe } from '@orrery/machinery/fieldpath';
import { validateDefinition, validateDefinitionUpdate } from './definition.ts';
import { maxSchemaDepth } from './structure-rules.ts';

function definition(schema: JSONSchemaProps = { type: 'object' }): CustomResourceDefinition {
  return {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
    status: { storedVersions: ['v1'] },
  };
}

const at = 'spec.validation.openAPIV3Schema.properties[a]';
/** The problems of a definition whose field `a` has this schema, without the place they share. */
const ofField = (a: unknown): string[] =>
  validateDefinition(definition({ type: 'object', properties: { a: a as JSONSchemaProps } })).map(error =>
    describe(error).replace(at, ''),
  );

test('a plain definition is fine', () => assert.deepEqual(validateDefinition(definition()), []));

test('what a schema may not say', () => {
  const text = { type: 'string' };
  const cases: readonly [schema: unknown, problems: readonly string[]][] = [
    [{}, ['.type: Required value: must not be empty for specified object fields']],
    [
      { type: 'odd' },
      [
        '.type: Unsupported value: "odd": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [{ type: 'array' }, ['.items: Required value: must be specified']],
    [{ type: 'array', items: {} }, ['.items.type: Required value: must not be empty for specified array items']],
    [
      { type: 'array', items: text, uniqueItems: true },
      ['.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic'],
    ],
    [{ ...text, $ref: '#/x' }, ['.$ref: Forbidden: $ref is not supported']],
    [{ ...text, definitions: { x: {} } }, ['.definitions: Forbidden: definitions is not supported']],
    [
      { type: 'object', patternProperties: { x: {} } },
      ['.patternProperties: Forbidden: patternProperties is not supported'],
    ],
    [
      { type: 'object', properties: { b: text }, additionalProperties: text },
      ['.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    ],
    [{ ...text, anyOf: [{ type: 'string' }] }, ['.anyOf[0].type: Forbidden: must be empty to be structural']],
    [{ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, []],
    [
      { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
      [
        '.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
      ],
    ],
    [
      { type: 'object', not: { properties: { metadata: {} } } },
      ['.not.properties[metadata]: Forbidden: must not be specified in a nested context'],
    ],
    [
      { ...text, pattern: '(' },
      [
        '.pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
      ],
    ],
    [
      { ...text, 'x-kubernetes-preserve-unknown-fields': false },
      ['.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined'],
    ],
    [
      { ...text, 'x-kubernetes-map-type': 'atomic' },
      ['.type: Invalid value: "string": must be object if x-kubernetes-map-type is specified'],
    ],
    [
      { ...text, 'x-kubernetes-list-type': 'set' },
      ['.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'],
    ],
    [
      { type: 'array', items: text, 'x-kubernetes-list-map-keys': ['k'] },
      ['.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty'],
    ],
    [
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: text } },
      },
      [
        '.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ],
    ],
    [
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['z'],
        items: { type: 'object', properties: { k: text } },
      },
      ['.x-kubernetes-list-map-keys: Invalid value: ["z"]: entries must all be names of item properties'],
    ],
    [{ ...text, default: 1 }, ['.default: Invalid value: "integer":  in body must be of type string: "integer"']],
    [
      { type: 'object', properties: { b: text }, default: { c: 1 } },
      ['.default: Invalid value: {"c":1}: must not have unknown fields'],
    ],
    [
      { type: 'object', properties: { b: text }, default: { b: 1 } },
      ['.default.b: Invalid value: "integer": b in body must be of type string: "integer"'],
    ],
    [
      { ...text, 'x-kubernetes-validations': [{ rule: ' ' }] },
      ['.x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    ],
    [
      { ...text, 'x-kubernetes-validations': [{ rule: 'a\nb' }] },
      ['.x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks'],
    ],
  ];
  for (const [schema, problems] of cases) assert.deepEqual(ofField(schema), problems, JSON.stringify(schema));
});

test('what the root may not say', () => {
  const root = 'spec.validation.openAPIV3Schema';
  const cases: readonly [schema: JSONSchemaProps, problem: string][] = [
    [{ type: 'array', items: { type: 'string' } }, `${root}.type: Invalid value: "array": must be object at the root`],
    [
      { type: 'object', additionalProperties: true },
      `${root}.additionalProperties: Forbidden: must not be used at the root`,
    ],
    [{ type: 'object', nullable: true }, `${root}.nullable: Forbidden: nullable cannot be true at the root`],
    [
      { type: 'object', properties: { kind: { type: 'integer' } } },
      `${root}.properties[kind].type: Invalid value: "integer": must be string`,
    ],
  ];
  for (const [schema, problem] of cases)
    assert.deepEqual(validateDefinition(definition(schema)).map(describe), [problem], JSON.stringify(schema));
  const named = {
    type: 'object',
    properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
  };
  assert.deepEqual(validateDefinition(definition(named)), []);
});

test('schemas that nest without end are refused before anything walks them', () => {
  let deep: JSONSchemaProps = { type: 'string' };
  for (let level = 0; level < 3000; level++) deep = { type: 'object', properties: { a: deep } };
  const problems = validateDefinition(definition(deep)).map(({ message }) => message);
  assert.deepEqual(problems, [`Forbidden: must not be nested deeper than ${maxSchemaDepth} levels`]);
});

test('the definition itself', () => {
  const change = (edit: (made: CustomResourceDefinition) => void): string[] => {
    const made = definition();
    edit(made);
    return validateDefinition(made).map(describe);
  };
  const cases: readonly [edit: (made: CustomResourceDefinition) => void, problem: RegExp][] = [
    [
      made => (made.metadata.name = 'other'),
      /^metadata.name: Invalid value: "other": must be spec.names.plural\+"."\+spec.group$/,
    ],
    [
      made => (made.spec.scope = 'Galaxy'),
      /^spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"$/,
    ],
    [
      made => (made.spec.names.listKind = 'Thing'),
      /^spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same$/,
    ],
    [made => (made.spec.names.kind = ''), /^spec.names.kind: Required value$/],
    [made => (made.spec.preserveUnknownFields = true), /^spec.preserveUnknownFields: Invalid value: true: /],
    [
      made => (made.spec.versions[0]!.deprecationWarning = 'w'),
      /^spec.versions\[0\].deprecationWarning: .* can only be set for deprecated versions$/,
    ],
    [
      made => (made.spec.versions[0]!.selectableFields = [{ jsonPath: '.spec.zz' }]),
      /^spec.selectableFields\[0\].jsonPath: .* does not refer to a valid field$/,
    ],
    [
      made => (made.spec.versions[0]!.additionalPrinterColumns = [{ name: 'A', type: 'string', jsonPath: '.a[' }]),
      /^spec.additionalPrinterColumns\[0\].JSONPath: .* must be a valid json path/,
    ],
    [
      made =>
        (made.spec.conversion = {
          strategy: 'None',
          webhook: { clientConfig: { url: 'https://x' }, conversionReviewVersions: [] },
        }),
      /^spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook$/,
    ],
  ];
  for (const [edit, problem] of cases) {
    const problems = change(edit);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0]!, problem);
  }
});

test('places are told per version where versions differ', () => {
  const made = definition();
  made.spec.versions.push({
    name: 'v2',
    served: true,
    storage: false,
    schema: { openAPIV3Schema: { type: 'array', items: { type: 'string' } } },
  });
  assert.deepEqual(
    validateDefinition(made).map(({ field }) => field),
    ['spec.versions[1].schema.openAPIV3Schema.type'],
  );
});

test('what stays once established', () => {
  const old = definition();
  const established = { ...old, status: { ...old.status, conditions: [{ type: 'Established', status: 'True' }] } };
  const changed = definition();
  changed.spec.scope = 'Cluster';
  changed.spec.names.kind = 'Other';
  assert.deepEqual(
    validateDefinitionUpdate(changed, established).map(({ field }) => field),
    ['spec.scope', 'spec.names.kind'],
  );
  assert.deepEqual(validateDefinitionUpdate(changed, old), []);
});

const schemaPath = 'spec.validation.openAPIV3Schema';
const text = { type: 'string' };

/** What is wrong with a definition that differs from a plain one by this, in the words of the first tests. */
const wordsOf = (change: (plain: CustomResourceDefinition) => void): string[] => {
  const changed = definition();
  change(changed);
  return validateDefinition(changed).map(error => describe(error).replace(schemaPath, ''));
};
const withSchema = (schema: unknown) => (plain: CustomResourceDefinition) =>
  void (plain.spec.versions[0]!.schema = { openAPIV3Schema: schema as JSONSchemaProps });
const withConversion = (webhook: object) => (plain: CustomResourceDefinition) =>
  void (plain.spec.conversion = { strategy: 'Webhook', webhook: webhook as never });
const url = 'https://example.com/convert';
const conversion = 'spec.conversion';
const https = "'https' is the only allowed URL scheme; desired format: https://host[/path]";

const upstream: [name: string, change: (plain: CustomResourceDefinition) => void, problems: string[]][] = [
  [
    'parts that judge what no structure knows',
    withSchema({
      type: 'object',
      properties: { a: text },
      anyOf: [{ properties: { b: { minLength: 1 } } }],
      not: { items: { minLength: 1 } },
    }),
    [
      `.items: Required value: because it is defined in ${schemaPath}.not.items`,
      `.properties[b]: Required value: because it is defined in ${schemaPath}.anyOf[0].properties[b]`,
    ],
  ],
  [
    'the structure first, then what a schema may not say',
    withSchema({ type: 'object', properties: { a: { uniqueItems: true, type: 'array' } } }),
    [
      '.properties[a].items: Required value: must be specified',
      '.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
  ],
  [
    'defaults in the envelope, however deep',
    withSchema({
      type: 'object',
      properties: {
        kind: { type: 'string', default: 'A' },
        metadata: { type: 'object', properties: { name: { type: 'string', default: 'b' } } },
      },
    }),
    [
      '.properties[kind].default: Forbidden: must not be set in top-level kind',
      '.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata',
    ],
  ],
  [
    'defaults are not filled by the defaults inside of them, and told of twice',
    withSchema({
      type: 'object',
      properties: {
        a: {
          type: 'object',
          default: { x: 1 },
          required: ['n'],
          properties: { n: { type: 'integer', default: 1 } },
        },
      },
    }),
    [
      '.properties[a].default: Invalid value: {"x":1}: must not have unknown fields',
      '.properties[a].default.n: Required value',
    ],
  ],
  [
    'defaults of embedded objects',
    withSchema({
      type: 'object',
      properties: {
        a: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
          default: { kind: 'A' },
        },
      },
    }),
    ['.properties[a].default.apiVersion: Required value'],
  ],
  [
    'a warning that is not printable',
    plain => Object.assign(plain.spec.versions[0]!, { deprecated: true, deprecationWarning: 'é\n' }),
    [
      'spec.versions[0].deprecationWarning: Invalid value: "é\\n": must only contain printable UTF-8 characters; non-printable character found at index 2',
    ],
  ],
  [
    'versions of reviews',
    withConversion({ clientConfig: { url }, conversionReviewVersions: ['v1', 'v1', 'V'] }),
    [
      `${conversion}.conversionReviewVersions[1]: Invalid value: "v1": duplicate version`,
      `${conversion}.conversionReviewVersions[2]: Invalid value: "V": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
  [
    'the address of a converter',
    withConversion({ clientConfig: { url: 'http://a' }, conversionReviewVersions: ['v1'] }),
    [`${conversion}.webhookClientConfig.url: Invalid value: "http": ${https}`],
  ],
  [
    'the service of a converter: upstream mixes name and namespace up',
    withConversion({
      clientConfig: { service: { name: '', namespace: 'b', port: 0 } },
      conversionReviewVersions: ['v1'],
    }),
    [
      `${conversion}.webhookClientConfig.service.namespace: Required value`,
      `${conversion}.webhookClientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
    ],
  ],
  [
    'fields to select by',
    plain =>
      Object.assign(plain.spec.versions[0]!, {
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: text } } } },
        },
        selectableFields: ['.spec.a[0]', 'spec', '.metadata.name', '.spec.'].map(jsonPath => ({ jsonPath })),
      }),
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a[0]": is an invalid path: array notation is not allowed',
      'spec.selectableFields[1].jsonPath: Invalid value: "spec": is an invalid path: expected [ or . but got: spec',
      'spec.selectableFields[2].jsonPath: Invalid value: ".metadata.name": is an invalid path: does not refer to a valid field',
      'spec.selectableFields[3].jsonPath: Invalid value: ".spec.": is an invalid path: unexpected end of JSON path',
    ],
  ],
];

for (const [name, change, problems] of upstream)
  test(`told as upstream tells it: ${name}`, () => assert.deepEqual(wordsOf(change), problems));
