/** What is refused when a policy or a binding is written, in upstream's words. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { securityParts } from '../../security.ts';
import { at, startServer, type Answer, type TestServer } from '../../testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const bindings = `${policies.slice(0, -'ies'.length)}ybindings`;

let server: TestServer;
before(async () => {
  server = await startServer({
    parts: securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 }),
  });
  await server.server.ready;
});
after(() => server.close());

const matchConstraints = {
  resourceRules: [
    { apiGroups: ['none.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] },
  ],
};
const causes = ({ body }: Answer): string[] =>
  ((at(body, 'details', 'causes') ?? []) as { field?: string; message: string }[]).map(
    ({ field, message }) => `${field}: ${message}`,
  );

let made = 0;
const write = (spec: object): Promise<Answer> =>
  server.create(policies, { metadata: { name: `p${made++}` }, spec: { matchConstraints, ...spec } });

const holds = [{ expression: 'true' }];
const condition = (expression: string, name = 'c') => ({ name, expression });

const rows: readonly (readonly [title: string, spec: object, problems: readonly string[]])[] = [
  ['a policy that is right', { validations: holds, matchConditions: [condition('object == null')] }, []],
  [
    'names that exist only elsewhere',
    {
      variables: [{ name: 'a', expression: '1' }],
      matchConditions: [condition('variables.a == 1')],
      validations: [{ expression: 'true', messageExpression: "string(authorizer.path('/x').check('get').allowed())" }],
    },
    [
      "spec.matchConditions[0].expression: Invalid value: \"variables.a == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.a == 1\n | ^",
      "spec.validations[0].messageExpression: Invalid value: \"string(authorizer.path('/x').check('get').allowed())\": compilation failed: ERROR: <input>:1:8: undeclared reference to 'authorizer' (in container '')\n | string(authorizer.path('/x').check('get').allowed())\n | .......^",
    ],
  ],
  [
    'a variable is known only after it is declared, with its type',
    {
      variables: [
        { name: 'b', expression: 'variables.a' },
        { name: 'a', expression: "'text'" },
      ],
      validations: [{ expression: 'variables.a + 1 == 2' }],
    },
    [
      'spec.variables[0].expression: Invalid value: "variables.a": compilation failed: ERROR: <input>:1:10: undefined field \'a\'\n | variables.a\n | .........^',
      "spec.validations[0].expression: Invalid value: \"variables.a + 1 == 2\": compilation failed: ERROR: <input>:1:13: found no matching overload for '_+_' applied to '(string, int)'\n | variables.a + 1 == 2\n | ............^",
    ],
  ],
  [
    'results of the wrong type',
    {
      matchConditions: [condition("'a'")],
      validations: [{ expression: 'object.x', messageExpression: 'null' }],
      auditAnnotations: [{ key: 'k', valueExpression: ' 1 ' }],
    },
    [
      'spec.matchConditions[0].expression: Invalid value: "\'a\'": must evaluate to bool but got string',
      'spec.validations[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
      'spec.validations[0].messageExpression: Invalid value: "null": must evaluate to string but got null_type',
      'spec.auditAnnotations[0].valueExpression: Invalid value: " 1 ": must evaluate to one of [string null_type] but got int',
    ],
  ],
  [
    'conditions without names, twice the same, without expressions',
    {
      validations: holds,
      matchConditions: [condition('true', ''), condition('true', 'a'), condition(' ', 'a'), condition('true', 'a b')],
    },
    [
      'spec.matchConditions[0].name: Required value',
      'spec.matchConditions[2].expression: Required value',
      'spec.matchConditions[2].name: Duplicate value: "a"',
      "spec.matchConditions[3].name: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'more conditions than may be',
    { validations: holds, matchConditions: Array.from({ length: 65 }, (_, at) => condition('true', `c${at}`)) },
    ['spec.matchConditions: Too many: 65: must have at most 64 items'],
  ],
  [
    'expressions that are blank or too long',
    {
      validations: [{ expression: 'true', messageExpression: ' ' }],
      auditAnnotations: [
        { key: 'a', valueExpression: ' ' },
        { key: 'b', valueExpression: `'${'x'.repeat(5120)}'` },
      ],
    },
    [
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified',
      'spec.auditAnnotations[1].valueExpression: Required value: must not exceed 5120 bytes in length',
    ],
  ],
  [
    'nothing to check, of a kind that cannot be',
    { paramKind: { apiVersion: 'a/b/c', kind: 'A b' } },
    [
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      "spec.paramKind.kind: Invalid value: \"A b\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
  ],
  [
    'what is missing or twice there',
    {
      matchConstraints: {
        resourceRules: [{ ...matchConstraints.resourceRules[0], resourceNames: ['a/b', 'x', 'x'] }],
      },
      variables: [{ name: ' ', expression: ' ' }],
      validations: [
        { expression: ' ', message: ' ' },
        { expression: 'true', message: '\na\nb' },
      ],
      auditAnnotations: [
        { key: 'a', valueExpression: "'x'" },
        { key: 'a', valueExpression: "'x'" },
      ],
    },
    [
      'spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not contain \'/\'',
      'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "x"',
      'spec.variables[0].name: Required value: name is not specified',
      'spec.variables[0].expression: Required value: expression is not specified',
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
      'spec.validations[1].message: Invalid value: "\\na\\nb": must not contain line breaks',
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ],
  ],
];

for (const [title, spec, problems] of rows)
  test(`written: ${title}`, async () => {
    const answer = await write(spec);
    assert.equal(answer.status, problems.length === 0 ? 201 : 422, answer.text);
    assert.deepEqual(causes(answer), problems);
  });

const bindingRows: readonly (readonly [title: string, spec: object, problems: readonly string[]])[] = [
  [
    'no actions, no name and no selector of params',
    { paramRef: {} },
    [
      'spec.policyName: Required value',
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions: Required value: at least one validation action is required',
    ],
  ],
  [
    'names of params are segments of paths; actions once each',
    {
      policyName: 'p',
      paramRef: { name: 'a/b', parameterNotFoundAction: 'Maybe' },
      validationActions: ['Audit', 'Audit'],
    },
    [
      'spec.paramRef.name: Invalid value: "a/b": may not contain \'/\'',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Maybe": supported values: "Deny", "Allow"',
      'spec.validationActions[1]: Duplicate value: "Audit"',
    ],
  ],
];

for (const [title, spec, problems] of bindingRows)
  test(`a binding: ${title}`, async () => {
    const answer = await server.create(bindings, { metadata: { name: 'b' }, spec });
    assert.deepEqual([answer.status, causes(answer)], [422, problems]);
  });

test('params may be named where a kind is declared', async () => {
  const spec = {
    validations: [{ expression: 'params.x == 1' }],
    matchConditions: [condition('params != null')],
  };
  assert.equal((await write(spec)).status, 422);
  assert.equal((await write({ ...spec, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } })).status, 201);
});

test('who uses params must be able to read them', async () => {
  const anna: UserInfo = { name: 'anna', groups: ['system:authenticated'] };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const grant = async (name: string, rules: object[]): Promise<void> => {
    const metadata = { name };
    assert.equal((await server.create(`${rbac}/clusterroles`, { metadata, rules })).status, 201);
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'anna' }];
    assert.equal((await server.create(`${rbac}/clusterrolebindings`, { metadata, roleRef, subjects })).status, 201);
  };
  await grant('admit', [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] }]);
  const paramKind = { apiVersion: 'v1', kind: 'Secret' };
  const metadata = { name: 'of-anna' };
  const spec = { matchConstraints, paramKind, validations: holds };
  const policy = () => server.call('POST', policies, { body: { metadata, spec }, user: anna });
  const paramRef = { name: 's', namespace: 'n', parameterNotFoundAction: 'Allow' };
  const binding = () =>
    server.call('POST', bindings, {
      body: { metadata, spec: { policyName: 'of-anna', validationActions: ['Deny'], paramRef } },
      user: anna,
    });
  assert.deepEqual(causes(await policy()), [
    'spec.paramKind: Forbidden: user &{anna  [system:authenticated] map[]} must have "get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)',
  ]);
  assert.deepEqual(causes(await binding()), [
    'spec.paramRef: Forbidden: user &{anna  [system:authenticated] map[]} does not have "get" permission on the object referenced by paramRef',
  ]);
  await grant('read', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  assert.equal((await policy()).status, 201);
  assert.equal((await binding()).status, 201);
});
