/** Mutating policies over a real server that is asked to serve them; by default there are none. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { securityParts } from '../../security.ts';
import { at, startServer, type Answer, type TestServer } from '../../testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
const version = '/apis/admissionregistration.k8s.io/v1beta1';
const policies = `${version}/mutatingadmissionpolicies`;
const bindings = `${version}/mutatingadmissionpolicybindings`;

let server: TestServer;
before(async () => {
  server = await startServer({ parts, mutatingAdmissionPolicies: true });
  await server.server.ready;
});
after(() => server.close());

test('by default they are not served', async () => {
  const other = await startServer({ parts });
  assert.equal((await other.get(policies)).status, 404);
  await other.close();
});

const said = ({ status, body }: Answer) => (status < 300 ? 'ok' : `${status} ${String(at(body, 'message'))}`);
const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] };
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

/** A policy, or with `Binding` its binding. */
const write = (sort: '' | 'Binding', name: string, spec: object) =>
  server.create(sort === '' ? policies : bindings, {
    apiVersion: 'admissionregistration.k8s.io/v1beta1',
    kind: `MutatingAdmissionPolicy${sort}`,
    metadata: { name },
    spec,
  });

async function accepted(answer: Promise<Answer>): Promise<Answer> {
  const { status, text } = await answer;
  assert.ok(status < 300, text);
  return answer;
}

let scenes = 0;
async function scene(given: readonly Record<string, unknown>[], binding: object = {}) {
  const namespace = `m${scenes++}`;
  await accepted(server.create('/api/v1/namespaces', { metadata: { name: namespace, labels: { scene: namespace } } }));
  await accepted(server.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } }));
  for (const [place, { rules = [rule], ...spec }] of given.entries()) {
    const name = `${namespace}-${place}`;
    const matchConstraints = { namespaceSelector: { matchLabels: { scene: namespace } }, resourceRules: rules };
    const full = { reinvocationPolicy: 'Never', ...spec, matchConstraints };
    await accepted(write('', name, full));
    await accepted(write('Binding', name, { policyName: name, ...binding }));
  }
  return {
    namespace,
    make: (object: object, resource = 'configmaps') =>
      server.create(`/api/v1/namespaces/${namespace}/${resource}`, object),
  };
}

interface Row {
  readonly title: string;
  readonly policies: readonly Record<string, unknown>[];
  readonly object?: object;
  /** The data that is stored, or a part of the refusal. */
  readonly expected: Record<string, string> | RegExp;
}

const rows: readonly Row[] = [
  {
    title: 'a configuration is laid over the object',
    policies: [{ mutations: [apply("Object{data: {'b': object.data.a + '!'}}")] }],
    expected: { a: '1', b: '1!' },
  },
  {
    title: 'a patch; each mutation sees what those before it made',
    policies: [
      {
        mutations: [
          jsonPatch(
            "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('x/y').replace('~1', '.'), value: 'n'}]",
          ),
          jsonPatch("[JSONPatch{op: 'replace', path: '/data/a', value: string(size(object.data))}]"),
        ],
      },
    ],
    expected: { a: '2', 'x.y': 'n' },
  },
  {
    title: 'a test that fails leaves everything as it was',
    policies: [
      {
        mutations: [
          jsonPatch(
            "[JSONPatch{op: 'add', path: '/data/b', value: 'n'}, JSONPatch{op: 'test', path: '/data/a', value: 'no'}]",
          ),
        ],
      },
    ],
    expected: { a: '1' },
  },
  {
    title: 'variables and conditions',
    policies: [
      {
        variables: [{ name: 'next', expression: 'string(int(object.data.a) + 1)' }],
        matchConditions: [{ name: 'one', expression: "object.data.a == '1'" }],
        mutations: [apply('Object{data: {"next": variables.next}}')],
      },
      {
        matchConditions: [{ name: 'two', expression: "object.data.a == '2'" }],
        mutations: [apply('Object{data: {"never": ""}}')],
      },
    ],
    expected: { a: '1', next: '2' },
  },
  {
    title: 'a policy that may be asked again is, when a later one changed the object',
    policies: [
      {
        reinvocationPolicy: 'IfNeeded',
        mutations: [apply("Object{data: {'seen': string('late' in object.data)}}")],
      },
      { mutations: [apply("Object{data: {'late': 'yes'}}")] },
    ],
    expected: { a: '1', seen: 'true', late: 'yes' },
  },
  {
    title: 'one that may not is not',
    policies: [
      { mutations: [apply("Object{data: {'seen': string('late' in object.data)}}")] },
      { mutations: [apply("Object{data: {'late': 'yes'}}")] },
    ],
    expected: { a: '1', seen: 'false', late: 'yes' },
  },
  {
    title: 'an error denies',
    policies: [{ mutations: [apply("Object{data: {'b': object.data.zz}}")] }],
    expected:
      /^403 policy 'm\d+-0' with binding 'm\d+-0' denied request: expression 'Object\{data: \{'b': object.data.zz\}\}' resulted in error: no such key: zz$/,
  },
  {
    title: 'an error under Ignore does not',
    policies: [{ failurePolicy: 'Ignore', mutations: [apply("Object{data: {'b': object.data.zz}}")] }],
    expected: { a: '1' },
  },
  {
    title: 'names that do not follow the fields',
    policies: [{ mutations: [apply("Object{metadata: Object.spec{labels: {'a': 'b'}}}")] }],
    expected:
      /denied request: type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type$/,
  },
  {
    title: 'a patch that cannot be applied',
    policies: [{ mutations: [jsonPatch("[JSONPatch{op: 'remove', path: '/data/zz'}]")] }],
    expected: /denied request: JSON Patch: /,
  },
];

for (const { title, policies: given, expected } of rows)
  test(`mutating: ${title}`, async () => {
    const { make } = await scene(given);
    const answer = await make({ metadata: { name: 'x' }, data: { a: '1' } });
    if (expected instanceof RegExp) assert.match(said(answer), expected);
    else assert.deepEqual([said(answer), answer.body.data], ['ok', expected]);
  });

test('lists with keys are merged; what is atomic is refused', async () => {
  const pods = { ...rule, resources: ['pods'] };
  const sidecar =
    "Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'mesh', image: 'mesh:1', restartPolicy: 'Always'}]}}";
  const { make } = await scene([{ rules: [pods], mutations: [apply(sidecar)] }]);
  const pod = (name: string) => ({
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], initContainers: [{ name: 'first', image: 'i' }] },
  });
  const made = await accepted(make(pod('x'), 'pods'));
  assert.deepEqual(
    (at(made.body, 'spec', 'initContainers') as { name: string; imagePullPolicy: string }[]).map(
      ({ name, imagePullPolicy }) => [name, imagePullPolicy],
    ),
    [
      ['first', 'Always'],
      ['mesh', 'IfNotPresent'],
    ],
  );
  const atomic = "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', args: ['a']}]}}";
  const refused = await scene([{ rules: [pods], mutations: [apply(atomic)] }]);
  assert.match(
    said(await refused.make(pod('y'), 'pods')),
    /denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: \.spec\.containers\[0\]\.args$/,
  );
});

test('params and updates', async () => {
  const { namespace, make } = await scene(
    [
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConditions: [{ name: 'not-params', expression: "object.metadata.name != 'p'" }],
        mutations: [apply('Object{metadata: Object.metadata{labels: params.data}}')],
      },
    ],
    { paramRef: { name: 'p', parameterNotFoundAction: 'Allow' } },
  );
  await accepted(make({ metadata: { name: 'p' }, data: { team: 'a' } }));
  const made = await accepted(make({ metadata: { name: 'x' } }));
  assert.deepEqual(made.body.metadata && at(made.body, 'metadata', 'labels'), { team: 'a' });
  const changed = await accepted(
    server.call('PUT', `/api/v1/namespaces/${namespace}/configmaps/x`, {
      body: { metadata: { name: 'x', labels: { team: 'b', own: 'c' } } },
    }),
  );
  assert.deepEqual(at(changed.body, 'metadata', 'labels'), { own: 'c', team: 'a' });
});

test('what is refused when a policy is written', async () => {
  const answer = await write('', 'wrong', {
    matchConstraints: { resourceRules: [rule] },
    mutations: [
      apply('Object.spec{}'),
      jsonPatch("['x']"),
      { patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } },
      { patchType: 'Merge' },
    ],
    reinvocationPolicy: 'Sometimes',
  });
  const causes = at(answer.body, 'details', 'causes') as { field: string; message: string }[];
  assert.deepEqual(
    causes.map(({ field, message }) => `${field}: ${message}`),
    [
      'spec.mutations[0].applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec',
      'spec.mutations[1].jsonPatch.expression: Invalid value: "[\'x\']": must evaluate to list(JSONPatch) but got list(string)',
      'spec.mutations[2].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[2].applyConfiguration: Forbidden: must not be specified when patchType is JSONPatch',
      'spec.mutations[3].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.reinvocationPolicy: Unsupported value: "Sometimes": supported values: "IfNeeded", "Never"',
    ],
  );
});

test('who uses params must be able to read them', async () => {
  const user = { name: 'anna', groups: ['system:authenticated'] };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const metadata = { name: 'admit' };
  const rules = [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] }];
  await accepted(server.create(`${rbac}/clusterroles`, { metadata, rules }));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admit' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'anna' }];
  await accepted(server.create(`${rbac}/clusterrolebindings`, { metadata, roleRef, subjects }));
  const paramKind = { apiVersion: 'v1', kind: 'Secret' };
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1beta1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'of-anna' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      mutations: [apply('Object{}')],
      reinvocationPolicy: 'Never',
      paramKind,
    },
  };
  assert.match(
    said(await server.call('POST', policies, { body, user })),
    /^422 .*spec.paramKind: Forbidden: user &\{anna  \[system:authenticated\] map\[\]\} must have "get" permission/,
  );
});
