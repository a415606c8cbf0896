/** Type checking of policies, over a real API server; what is told is upstream's. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import type { ApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { resources } from '@orrery/client/resources';
import type { ValidatingAdmissionPolicy } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from '../testing.ts';
import type { TestControlPlane } from '../testing.ts';

const store = createMemoryStore({ clock: systemClock });
let server: ApiServer;
let plane: TestControlPlane;
before(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog, parts });
  await server.ready;
  plane = startTestControlPlane(server.handler);
});
after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

const rule = (group: string, version: string, ...names: string[]) => ({
  apiGroups: [group],
  apiVersions: [version],
  operations: ['CREATE'],
  resources: names,
});
const workloads = rule('apps', 'v1', 'deployments', 'deployments/scale', 'replicasets');

interface Row {
  readonly title: string;
  readonly spec: ValidatingAdmissionPolicy['spec'];
  /** By field, in order. */
  readonly warnings: readonly (readonly [field: string, warning: string])[];
}

const rows: readonly Row[] = [
  {
    title: 'an expression that fits says nothing',
    spec: {
      matchConstraints: { resourceRules: [workloads as never] },
      validations: [
        {
          expression:
            "object.spec.replicas <= 3 && object.metadata.labels['a'] == 'b' && oldObject == null && object.spec.template.spec.containers.all(c, c.image != '')",
          messageExpression: "object.kind + ' ' + object.metadata.name",
        },
      ],
    },
    warnings: [],
  },
  {
    title: 'fields that one kind or no kind has',
    spec: {
      matchConstraints: { resourceRules: [workloads as never] },
      validations: [{ expression: 'object.spec.paused != true', messageExpression: 'string(object.spec.nope)' }],
    },
    warnings: [
      [
        'spec.validations[0].expression',
        "apps/v1, Kind=ReplicaSet: ERROR: <input>:1:12: undefined field 'paused'\n | object.spec.paused != true\n | ...........^\n",
      ],
      [
        'spec.validations[0].messageExpression',
        "apps/v1, Kind=Deployment: ERROR: <input>:1:19: undefined field 'nope'\n | string(object.spec.nope)\n | ..................^\n" +
          '\n' +
          "apps/v1, Kind=ReplicaSet: ERROR: <input>:1:19: undefined field 'nope'\n | string(object.spec.nope)\n | ..................^\n",
      ],
    ],
  },
  {
    title: 'types of operands, through variables and parameters',
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: { resourceRules: [rule('', 'v1', 'configmaps') as never] },
      variables: [{ name: 'count', expression: 'size(object.data)' }],
      validations: [{ expression: 'variables.count == params.data.most' }],
    },
    warnings: [
      [
        'spec.validations[0].expression',
        "/v1, Kind=ConfigMap: ERROR: <input>:1:17: found no matching overload for '_==_' applied to '(int, string)'\n | variables.count == params.data.most\n | ................^\n",
      ],
    ],
  },
  {
    title: 'what rules name with wildcards, or nobody serves, is not checked',
    spec: {
      matchConstraints: {
        resourceRules: [rule('*', 'v1', 'deployments'), rule('no.example.com', 'v1', 'things')] as never[],
      },
      validations: [{ expression: "object.anything == 'x'" }],
    },
    warnings: [],
  },
];

for (const [at, { title, spec, warnings }] of rows.entries())
  test(`type checking: ${title}`, async () => {
    const name = `p${at}`;
    const object = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec,
    } as KubeObject;
    await plane.client.create(resources.validatingadmissionpolicies, object);
    const status = await plane.eventually('the status', async () => {
      const policy = await plane.client.get<ValidatingAdmissionPolicy>(resources.validatingadmissionpolicies, name);
      return policy.status?.observedGeneration === 1 && policy.status;
    });
    const found = status.typeChecking?.expressionWarnings ?? [];
    assert.ok(status.typeChecking);
    assert.deepEqual(
      found.map(({ fieldRef, warning }) => [fieldRef, warning]),
      warnings,
    );
  });
