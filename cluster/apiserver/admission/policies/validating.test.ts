/** Policies over a real server: what is denied, warned of and recorded. Sentences are upstream's. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { securityParts } from '../../security.ts';
import { definitionsPath, until } from '../../testing/definitions.ts';
import { at, startServer, type Answer, type TestServer } from '../../testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const registration = '/apis/admissionregistration.k8s.io/v1';

let server: TestServer;
const records: Record<string, unknown>[] = [];
before(async () => {
  server = await startServer({
    parts: securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 }),
    audit: {
      policy: { rules: [{ level: 'Metadata' }] },
      backend: { write: line => void records.push(JSON.parse(line) as Record<string, unknown>) },
    },
  });
  await server.server.ready;
});
after(() => server.close());

interface Setup {
  /** Beside `matchConstraints`, which are config maps of the namespace unless given. */
  readonly policy: Record<string, unknown>;
  readonly binding?: Record<string, unknown>;
  /** Put into the namespace first. */
  readonly maps?: readonly object[];
}

interface Scene {
  /** Also the name of the policy. */
  readonly namespace: string;
  readonly path: string;
  make(object: object, resource?: string, user?: UserInfo): Promise<Answer>;
}

const rule = (more: object = {}) => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['*'],
  resources: ['configmaps'],
  ...more,
});
const config = (name: string, data?: object, labels?: object) => ({ metadata: { name, labels }, data });
const said = ({ status, body }: Answer) => (status < 300 ? 'ok' : `${status} ${String(at(body, 'message'))}`);
const denied = (namespace: string, name: string, why: string, status = 422) =>
  `${status} configmaps "${name}" is forbidden: ValidatingAdmissionPolicy '${namespace}' with binding '${namespace}' denied request: ${why}`;

async function accepted(answer: Promise<Answer>): Promise<void> {
  const { status, text } = await answer;
  assert.ok(status < 300, text);
}

let scenes = 0;
async function scene({ policy, binding = {}, maps = [] }: Setup): Promise<Scene> {
  const namespace = `p${scenes++}`;
  const path = `/api/v1/namespaces/${namespace}`;
  await accepted(server.create('/api/v1/namespaces', { metadata: { name: namespace, labels: { scene: namespace } } }));
  for (const map of maps) await accepted(server.create(`${path}/configmaps`, map));
  const { matchConstraints, ...spec } = policy;
  const own = {
    namespaceSelector: { matchLabels: { scene: namespace } },
    resourceRules: [rule()],
    ...(matchConstraints as object | undefined),
  };
  const metadata = { name: namespace };
  await accepted(
    server.create(`${registration}/validatingadmissionpolicies`, {
      metadata,
      spec: { ...spec, matchConstraints: own },
    }),
  );
  await accepted(
    server.create(`${registration}/validatingadmissionpolicybindings`, {
      metadata,
      spec: { policyName: namespace, validationActions: ['Deny'], ...binding },
    }),
  );
  return {
    namespace,
    path,
    make: (object, resource = 'configmaps', user) =>
      server.call('POST', `${path}/${resource}`, { body: object, ...(user && { user }) }),
  };
}

const onlyA = { validations: [{ expression: "object.metadata.name == 'a'" }] };

test('a policy counts from the moment its binding is acknowledged, until one of them is gone', async () => {
  const { namespace, make } = await scene({ policy: onlyA });
  assert.equal(said(await make(config('a'))), 'ok');
  const refusal = await make(config('b'));
  const why = denied(namespace, 'b', "failed expression: object.metadata.name == 'a'");
  assert.equal(said(refusal), why);
  assert.equal(refusal.body.reason, 'Invalid');
  const message = why.slice(why.indexOf('Validating'));
  assert.deepEqual(refusal.body.details, { name: 'b', kind: 'configmaps', causes: [{ message }] });
  await accepted(server.call('DELETE', `${registration}/validatingadmissionpolicybindings/${namespace}`));
  assert.equal(said(await make(config('b'))), 'ok');
});

test('what an update of a policy says counts at once; a change of its status does not compile it anew', async () => {
  const { namespace, make } = await scene({ policy: onlyA });
  const target = `${registration}/validatingadmissionpolicies/${namespace}`;
  const change = (body: object, part = '') =>
    server.call('PATCH', target + part, { body, headers: { 'content-type': 'application/merge-patch+json' } });
  await accepted(change({ status: { observedGeneration: 1 } }, '/status'));
  assert.match(said(await make(config('b'))), /^422/);
  await accepted(change({ spec: { validations: [{ expression: "object.metadata.name == 'b'" }] } }));
  assert.equal(said(await make(config('b'))), 'ok');
  assert.match(said(await make(config('a'))), /^422/);
});

interface Row {
  readonly title: string;
  readonly policy: Record<string, unknown>;
  readonly binding?: Record<string, unknown>;
  readonly maps?: readonly object[];
  /** What a config map is answered; a denial is its words without what all have in common. */
  readonly writes: readonly (readonly [object: ReturnType<typeof config>, expected: string | RegExp])[];
  readonly status?: number;
}

const broken = { validations: [{ expression: 'object.data.zz == "1"' }] };
const no = { validations: [{ expression: 'false', message: 'no' }] };
const params = { apiVersion: 'v1', kind: 'ConfigMap' };
const reference = { name: 'limits', parameterNotFoundAction: 'Deny' };
const atMost = {
  paramKind: params,
  validations: [{ expression: 'object.metadata.name.startsWith(params.data.prefix)', message: 'prefix' }],
};

const rows: readonly Row[] = [
  {
    title: 'message, cut to its words',
    policy: { validations: [{ expression: 'false', message: ' no ' }] },
    writes: [[config('x'), 'no']],
  },
  {
    title: 'messageExpression before message',
    policy: {
      validations: [{ expression: 'false', message: 'no', messageExpression: "'not ' + object.metadata.name" }],
    },
    writes: [[config('x'), 'not x']],
  },
  {
    title: 'a messageExpression that fails, is empty or has several lines gives way',
    policy: {
      validations: [
        { expression: "object.metadata.name != 'x'", message: 'one', messageExpression: 'string(object.data.zz)' },
        { expression: "object.metadata.name != 'y'", message: 'two', messageExpression: "' '" },
        { expression: "object.metadata.name != 'z'", messageExpression: String.raw`'a\nb'` },
      ],
    },
    writes: [
      [config('x'), 'one'],
      [config('y'), 'two'],
      [config('z'), "failed expression: object.metadata.name != 'z'"],
    ],
  },
  {
    title: 'reason Forbidden is 403',
    policy: { validations: [{ expression: 'false', message: 'no', reason: 'Forbidden' }] },
    writes: [[config('x'), 'no']],
    status: 403,
  },
  {
    title: 'reason RequestEntityTooLarge is 413',
    policy: { validations: [{ expression: 'false', message: 'no', reason: 'RequestEntityTooLarge' }] },
    writes: [[config('x'), 'no']],
    status: 413,
  },
  {
    title: 'failurePolicy Fail: an error denies',
    policy: broken,
    writes: [
      [config('x', { a: '1' }), 'expression \'object.data.zz == "1"\' resulted in error: no such key: zz'],
      [config('x', { zz: '1' }), 'ok'],
    ],
  },
  {
    title: 'failurePolicy Ignore: an error does not, a false does',
    policy: { ...broken, failurePolicy: 'Ignore' },
    writes: [
      [config('x', { a: '1' }), 'ok'],
      [config('y', { zz: '2' }), 'failed expression: object.data.zz == "1"'],
    ],
  },
  {
    title: 'matchConditions: all must hold; one that does not is enough against errors',
    policy: {
      ...no,
      matchConditions: [
        { name: 'x', expression: "object.metadata.name.startsWith('x')" },
        { name: 'data', expression: "object.data.a == '1'" },
      ],
    },
    writes: [
      [config('y'), 'ok'],
      [config('x1', { a: '2' }), 'ok'],
      [config('x2', { a: '1' }), 'no'],
      [config('x3'), "expression 'object.data.a == '1'' resulted in error: no such key: data"],
    ],
  },
  {
    title: 'matchConditions that fail under Ignore leave the policy out',
    policy: { ...no, failurePolicy: 'Ignore', matchConditions: [{ name: 'd', expression: "object.data.a == '1'" }] },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'variables are computed from others, and only when they are named',
    policy: {
      variables: [
        { name: 'size', expression: 'has(object.data) ? size(object.data) : 0' },
        { name: 'twice', expression: 'variables.size * 2' },
        { name: 'never', expression: 'object.data.zz' },
      ],
      validations: [
        { expression: 'variables.twice <= 2 || variables.never == ""', messageExpression: 'string(variables.twice)' },
      ],
    },
    writes: [
      [config('x', { a: '' }), 'ok'],
      [
        config('y', { a: '', b: '' }),
        /^expression 'variables.twice <= 2 .* resulted in error: composited variable "never" fails to evaluate: no such key: zz$/,
      ],
    ],
  },
  {
    title: 'request, namespaceObject, oldObject',
    policy: {
      validations: [
        {
          expression:
            "request.operation == 'CREATE' && request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps' && !request.dryRun" +
            " && request.userInfo.username == 'admin' && request.namespace == namespaceObject.metadata.name && oldObject == null" +
            " && namespaceObject.metadata.labels['scene'] == request.namespace && object.kind == 'ConfigMap' && object.apiVersion == 'v1'",
        },
      ],
    },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'objectSelector',
    policy: { ...no, matchConstraints: { objectSelector: { matchLabels: { a: 'b' } } } },
    writes: [
      [config('x', {}, { a: 'c' }), 'ok'],
      [config('y', {}, { a: 'b' }), 'no'],
    ],
  },
  {
    title: 'excludeResourceRules and resourceNames',
    policy: {
      ...no,
      matchConstraints: { excludeResourceRules: [rule({ resourceNames: ['free'] })] },
    },
    writes: [
      [config('free'), 'ok'],
      [config('bound'), 'no'],
    ],
  },
  {
    title: 'resourceRules that name other operations, versions, scopes or subresources',
    policy: {
      ...no,
      matchConstraints: {
        resourceRules: [
          rule({ operations: ['DELETE'] }),
          rule({ apiVersions: ['v2'] }),
          rule({ scope: 'Cluster' }),
          rule({ resources: ['configmaps/status'] }),
        ],
      },
    },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'matchResources of the binding narrow the policy',
    policy: no,
    binding: { matchResources: { resourceRules: [rule({ resourceNames: ['x'] })] } },
    writes: [
      [config('y'), 'ok'],
      [config('x'), 'no'],
    ],
  },
  {
    title: 'validationActions Audit alone lets pass',
    policy: no,
    binding: { validationActions: ['Audit'] },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'params: by name, in the namespace of the write',
    policy: atMost,
    binding: { paramRef: reference },
    maps: [config('limits', { prefix: 'good' })],
    writes: [
      [config('good-1'), 'ok'],
      [config('bad-1'), 'prefix'],
    ],
  },
  {
    title: 'params: by labels; each is asked',
    policy: atMost,
    binding: { paramRef: { selector: { matchLabels: { p: 'y' } }, parameterNotFoundAction: 'Deny' } },
    maps: [config('one', { prefix: 'g' }, { p: 'y' }), config('two', { prefix: 'goo' }, { p: 'y' })],
    writes: [
      [config('good'), 'ok'],
      [config('gut'), 'prefix'],
    ],
  },
  {
    title: 'params that are not there: Deny',
    policy: atMost,
    binding: { paramRef: reference },
    writes: [
      [
        config('x'),
        'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
      ],
    ],
  },
  {
    title: 'params that are not there: Allow',
    policy: atMost,
    binding: { paramRef: { ...reference, parameterNotFoundAction: 'Allow' } },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'params that are not there, under Ignore',
    policy: { ...atMost, failurePolicy: 'Ignore' },
    binding: { paramRef: reference },
    writes: [[config('x'), 'ok']],
  },
  {
    title: 'a binding without params gives null',
    policy: { paramKind: params, validations: [{ expression: 'params != null', message: 'none' }] },
    writes: [[config('x'), 'none']],
  },
  {
    title: 'namespace of a param without namespaces',
    policy: { ...no, paramKind: { apiVersion: 'v1', kind: 'Namespace' } },
    binding: { paramRef: { ...reference, namespace: 'default' } },
    writes: [
      [
        config('x'),
        'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
      ],
    ],
  },
  {
    title: 'a budget that is spent denies',
    policy: {
      validations: Array.from({ length: 12 }, (_, at) => ({
        expression: `[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10,11].all(e, a + b + c + d + e >= ${at} - 100)))))`,
      })),
    },
    writes: [
      [config('x'), /^validation failed due to running out of cost budget, no further validation rules will be run$/],
    ],
  },
];

for (const { title, policy, binding, maps, writes, status } of rows)
  test(`policy: ${title}`, async () => {
    const { namespace, make } = await scene({ policy, ...(binding && { binding }), ...(maps && { maps }) });
    for (const [object, expected] of writes) {
      const answer = said(await make(object));
      const head = denied(namespace, object.metadata.name, '', status);
      const words = answer.startsWith(head) ? answer.slice(head.length) : answer;
      if (typeof expected === 'string') assert.equal(words, expected);
      else assert.match(words, expected);
    }
  });

test('updates and deletes: oldObject, and no object when it goes', async () => {
  const { path, make } = await scene({
    policy: {
      validations: [
        {
          expression: "request.operation != 'DELETE' || (object == null && oldObject.data.a == 'free')",
          message: 'held',
        },
        { expression: "request.operation != 'UPDATE' || object.data.a != oldObject.data.a", message: 'same' },
      ],
    },
  });
  assert.equal(said(await make(config('x', { a: '1' }))), 'ok');
  const put = async (a: string) =>
    said(await server.call('PUT', `${path}/configmaps/x`, { body: config('x', { a, b: a }) }));
  assert.match(said(await server.call('DELETE', `${path}/configmaps/x`)), /denied request: held$/);
  assert.match(await put('1'), /denied request: same$/);
  assert.equal(await put('free'), 'ok');
  assert.equal(said(await server.call('DELETE', `${path}/configmaps/x`)), 'ok');
});

test('Warn tells, Audit records, annotations are joined over bindings', async () => {
  const { namespace, make } = await scene({
    policy: {
      ...no,
      auditAnnotations: [
        { key: 'name', valueExpression: "'made ' + object.metadata.name" },
        { key: 'nothing', valueExpression: 'null' },
      ],
    },
    binding: { validationActions: ['Warn', 'Audit'] },
  });
  const answer = await make(config('x'));
  const warning = `299 - "Validation failed for ValidatingAdmissionPolicy '${namespace}' with binding '${namespace}': no"`;
  assert.equal(said(answer), 'ok');
  assert.deepEqual([answer.headers.warning].flat(), [warning]);
  const record = records.findLast(({ requestURI }) => String(requestURI).includes(`${namespace}/configmaps`));
  const annotations = record!.annotations as Record<string, string>;
  assert.equal(annotations[`${namespace}/name`], 'made x');
  assert.equal(annotations[`${namespace}/nothing`], undefined);
  assert.deepEqual(JSON.parse(annotations['validation.policy.admission.k8s.io/validation_failure']!), [
    {
      message: 'no',
      policy: namespace,
      binding: namespace,
      expressionIndex: 0,
      validationActions: ['Warn', 'Audit'],
    },
  ]);
});

test('the authorizer answers for the user of the request', async () => {
  const { make } = await scene({
    policy: {
      variables: [{ name: 'mayDrain', expression: "authorizer.group('').resource('nodes').check('drain').allowed()" }],
      validations: [
        { expression: "variables.mayDrain || authorizer.requestResource.check('bless').allowed()", message: 'ask' },
      ],
    },
  });
  const role = (name: string, rules: object[]) =>
    server.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name }, rules });
  const give = (name: string, to: string) =>
    server.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: `${name}-${to}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: to }],
    });
  await accepted(role('maker', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }]));
  await accepted(role('blesser', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['bless'] }]));
  for (const [name, to] of [
    ['maker', 'anna'],
    ['maker', 'bert'],
    ['blesser', 'bert'],
  ] as const)
    await accepted(give(name, to));
  const as = async (name: string, object: object) =>
    said(await make(object, 'configmaps', { name, groups: ['system:authenticated'] }));
  assert.match(await as('anna', config('x')), /denied request: ask$/);
  assert.equal(await as('bert', config('x')), 'ok');
});

test('a policy is asked in the version its rules name (Equivalent), or not at all (Exact)', async () => {
  const matchConstraints = (matchPolicy: string) => ({
    matchPolicy,
    resourceRules: [rule({ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] })],
  });
  const validations = [
    {
      expression: "object.apiVersion == 'autoscaling/v1' && !has(object.spec.targetCPUUtilizationPercentage)",
      messageExpression: "request.resource.version + ' for ' + request.requestResource.version",
    },
  ];
  const body = {
    metadata: { name: 'h' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  };
  for (const [matchPolicy, expected] of [
    ['Equivalent', /denied request: v1 for v2$/],
    ['Exact', /^ok$/],
  ] as const) {
    const { namespace } = await scene({ policy: { matchConstraints: matchConstraints(matchPolicy), validations } });
    const target = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
    assert.match(said(await server.create(target, body)), expected);
  }
});

test('params may be custom resources; a kind that nobody serves denies', async () => {
  const definition = {
    metadata: { name: 'quotas.policies.example.com' },
    spec: {
      group: 'policies.example.com',
      scope: 'Cluster',
      names: { plural: 'quotas', singular: 'quota', kind: 'Quota', listKind: 'QuotaList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { most: { type: 'integer' } } } },
        },
      ],
    },
  };
  const { namespace, make } = await scene({
    policy: {
      paramKind: { apiVersion: 'policies.example.com/v1', kind: 'Quota' },
      validations: [{ expression: 'size(object.data) <= params.most', messageExpression: "params.kind + '!'" }],
    },
    binding: { paramRef: { name: 'q', parameterNotFoundAction: 'Deny' } },
  });
  const unknown = `422 configmaps "x" is forbidden: ValidatingAdmissionPolicy '${namespace}' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'policies.example.com/v1, Kind=Quota'`;
  assert.equal(said(await make(config('x', { a: '' }))), unknown);
  await accepted(server.create(definitionsPath, definition));
  await until(server, '/apis/policies.example.com/v1/quotas', status => status === 200);
  await accepted(
    server.create('/apis/policies.example.com/v1/quotas', {
      kind: 'Quota',
      apiVersion: 'policies.example.com/v1',
      metadata: { name: 'q' },
      most: 1,
    }),
  );
  assert.equal(said(await make(config('x', { a: '' }))), 'ok');
  assert.equal(said(await make(config('y', { a: '', b: '' }))), denied(namespace, 'y', 'Quota!'));
});

test('policies, webhooks and reviews are out of reach; everything else is in it', async () => {
  const everything = [rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] })];
  const matchConstraints = { resourceRules: everything, namespaceSelector: {}, objectSelector: {} };
  const { namespace } = await scene({ policy: { ...no, matchConstraints } });
  const review = await server.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
  assert.equal(review.status, 201);
  assert.match(said(await server.create('/api/v1/namespaces', { metadata: { name: 'other' } })), /denied request: no$/);
  await accepted(server.call('DELETE', `${registration}/validatingadmissionpolicies/${namespace}`));
  assert.equal(said(await server.create('/api/v1/namespaces', { metadata: { name: 'other' } })), 'ok');
});

test('subresources: the scale of a deployment is judged as a Scale', async () => {
  const { namespace } = await scene({
    policy: {
      matchConstraints: { resourceRules: [rule({ apiGroups: ['apps'], resources: ['deployments/scale'] })] },
      validations: [
        {
          expression: 'object.spec.replicas <= 3 && oldObject.spec.replicas == 1',
          messageExpression: "object.kind + ' ' + request.subResource",
        },
      ],
    },
  });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const labels = { app: 'a' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await accepted(
    server.create(path, {
      metadata: { name: 'd' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    }),
  );
  const scale = async (replicas: number) =>
    said(
      await server.call('PATCH', `${path}/d/scale`, {
        body: { spec: { replicas } },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    );
  assert.match(await scale(5), /denied request: Scale scale$/);
  assert.equal(await scale(2), 'ok');
});
