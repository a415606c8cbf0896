import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import type { ActionContext, RequestInfo } from '../types.ts';
import { bootstrapObjects } from './bootstrap-objects.ts';
import { privilegedAuthorizer, unionAuthorizer } from './chain.ts';
import { testCluster } from './fixtures.ts';
import { NodeGraph } from './node-graph.ts';
import { nodeAuthorizer } from './node.ts';
import { rbacAuthorizer } from './rbac.ts';
import { accessReviewActions } from './reviews.ts';
import { RoleIndex } from './role-index.ts';
import { rbacGroup } from './rules.ts';

const index = new RoleIndex();
for (const { group, resource, object } of bootstrapObjects()) {
  if (group !== rbacGroup) continue;
  const { namespace = '', name = '' } = object.metadata;
  index.load(resource, { type: 'put', namespace, name, object: () => object, previous: () => undefined });
}
const actions = accessReviewActions(
  unionAuthorizer([privilegedAuthorizer, nodeAuthorizer(new NodeGraph(), testCluster().clock), rbacAuthorizer(index)]),
  index,
);
const alice: UserInfo = { name: 'alice', groups: ['system:authenticated'] };

async function review(kind: string, spec: object, user = alice): Promise<unknown> {
  const context = {
    user,
    nowMs: 0,
    random: seededRandom(1),
    dryRun: false,
    reads: testCluster().reads,
    warn: () => {},
    info: { namespace: 'ns' } as RequestInfo,
  } as unknown as ActionContext;
  try {
    return (
      (await actions[`authorization.k8s.io/${kind}`]!({ metadata: {}, spec } as KubeObject, context)) as KubeObject & {
        status: unknown;
      }
    ).status;
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return `${error.code} ${error.message}`;
  }
}

test('what reviews answer', async () => {
  const pods = { verb: 'get', resource: 'pods', namespace: 'default' };
  const version =
    'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"';
  const both = '{"Path":"","Verb":""}: cannot be specified in combination with resourceAttributes';
  const rows: [string, object, unknown][] = [
    ['subjectaccessreviews', { user: 'alice', resourceAttributes: pods }, { allowed: false }],
    ['subjectaccessreviews', { user: 'root', groups: ['system:masters'], resourceAttributes: pods }, { allowed: true }],
    [
      'subjectaccessreviews',
      { user: 'a', groups: ['system:authenticated'], nonResourceAttributes: { verb: 'get', path: '/version' } },
      { allowed: true, reason: version },
    ],
    [
      'subjectaccessreviews',
      {
        user: 'system:node:n',
        groups: ['system:nodes'],
        resourceAttributes: {
          verb: 'list',
          resource: 'pods',
          fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] },
        },
      },
      { allowed: true },
    ],
    [
      'subjectaccessreviews',
      { user: 'a', resourceAttributes: {}, nonResourceAttributes: {} },
      `422 .authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: ${both}`,
    ],
    [
      'subjectaccessreviews',
      { resourceAttributes: pods },
      '422 .authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      'subjectaccessreviews',
      {
        user: 'a',
        resourceAttributes: {
          verb: 'get',
          fieldSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'X' }] },
        },
      },
      '422 .authorization.k8s.io "" is invalid: spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements',
    ],
    [
      'subjectaccessreviews',
      {},
      '422 .authorization.k8s.io "" is invalid: [spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    ],
    [
      'selfsubjectaccessreviews',
      {},
      '422 .authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'selfsubjectaccessreviews',
      { resourceAttributes: { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' } },
      { allowed: true, reason: version.replaceAll('discovery', 'basic-user') },
    ],
    [
      'localsubjectaccessreviews',
      { user: 'a', resourceAttributes: pods },
      '422 .authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace',
    ],
    ['localsubjectaccessreviews', { user: 'a', resourceAttributes: { ...pods, namespace: 'ns' } }, { allowed: false }],
    ['selfsubjectrulesreviews', {}, '400 no namespace on request'],
  ];
  for (const [kind, spec, expected] of rows) assert.deepEqual(await review(kind, spec), expected, JSON.stringify(spec));
});

test('the rules of an authenticated user without roles', async () => {
  const status = (await review('selfsubjectrulesreviews', { namespace: 'default' })) as {
    resourceRules: { resources: string[] }[];
    nonResourceRules: { nonResourceURLs: string[] }[];
    incomplete: boolean;
  };
  assert.deepEqual(status.resourceRules.flatMap(rule => rule.resources).toSorted(), [
    'selfsubjectaccessreviews',
    'selfsubjectreviews',
    'selfsubjectrulesreviews',
  ]);
  assert.ok(status.nonResourceRules.some(rule => rule.nonResourceURLs.includes('/apis/*')));
  assert.equal(status.incomplete, false);
  const node = (await review(
    'selfsubjectrulesreviews',
    { namespace: 'default' },
    { name: 'system:node:n', groups: ['system:nodes'] },
  )) as { incomplete: boolean };
  assert.equal(node.incomplete, true);
});
