/** Policies that judge requests by expressions. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { area, conformance, eventually, refused, type Case, type Thing } from './support/suite.ts';
import { workloadOf } from './support/workloads.ts';

const { deployments, namespaces, validatingadmissionpolicies, validatingadmissionpolicybindings } = resources;

/** Puts the policy into force for the namespace of the test, and waits until it refuses the probe. */
async function enforce(c: Case, policy: Record<string, unknown>): Promise<void> {
  const { client, namespace, unique } = c;
  await client.patch(namespaces, namespace, 'merge', { metadata: { labels: { [unique]: 'true' } } });
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: {
      namespaceSelector: { matchLabels: { [unique]: 'true' } },
      resourceRules: [
        {
          ...{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] },
          resources: ['deployments'],
        },
      ],
    },
    ...policy,
  };
  c.atEnd(() => client.delete(validatingadmissionpolicies, unique));
  c.atEnd(() => client.delete(validatingadmissionpolicybindings, unique));
  await client.create(validatingadmissionpolicies, { metadata: { name: unique }, spec } as Thing);
  const binding = { policyName: unique, validationActions: ['Deny'] };
  await client.create(validatingadmissionpolicybindings, { metadata: { name: unique }, spec: binding } as Thing);
}

area('admission policies', () => {
  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment [Conformance]',
    async c => {
      const { client, namespace, unique } = c;
      const validations = [
        { expression: 'object.spec.replicas > 1', messageExpression: "'wants ' + string(object.spec.replicas)" },
        { expression: 'namespaceObject.metadata.name == object.metadata.namespace', message: 'wrong namespace' },
      ];
      await enforce(c, { validations });
      let number = 0;
      const error = await eventually('a deployment against the policy is refused', () =>
        refused(
          client.create(deployments, workloadOf(`bad-${number++}`, 1), { namespace }),
          422,
          'it is refused as invalid',
        ),
      );
      assert.ok(error.message.includes(`ValidatingAdmissionPolicy '${unique}'`), 'the refusal names the policy');
      assert.ok(error.message.includes('wants 1'), 'and says what the policy says');
      const good = await client.create(deployments, workloadOf('good', 2), { namespace });
      assert.ok(good.metadata, 'a deployment that the policy allows is created');
    },
  );

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables. [Conformance]',
    async c => {
      const { client, namespace } = c;
      await enforce(c, {
        variables: [
          { name: 'replicas', expression: 'object.spec.replicas' },
          { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
        ],
        validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }],
      });
      let number = 0;
      const bad = (replicas: number) =>
        client.create(deployments, workloadOf(`bad-${number++}`, replicas), { namespace });
      await eventually('a variable that fails refuses', () => refused(bad(1), 422, 'one replica is refused'));
      const { message } = await refused(bad(2), 422, 'so does a variable of another variable');
      assert.match(message, /failed expression: variables\.oddReplicas/, 'which the refusal names');
      const good = await client.create(deployments, workloadOf('good', 3), { namespace });
      assert.ok(good.metadata, 'when all hold, the deployment is created');
    },
  );
});
