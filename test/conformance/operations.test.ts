/** Kinds that are little more than records: every verb on each. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { discoverable, operations, statusOperations } from './support/lifecycle.ts';
import { area, at, conformance, type Thing } from './support/suite.ts';

const condition = (message: string) => ({
  type: 'StatusUpdate',
  status: 'True',
  reason: 'E2E',
  message,
  lastTransitionTime: '2026-01-02T03:04:05Z',
});

const withConditions = (object: Thing, ...conditions: unknown[]): void => {
  object.status = { ...(object.status as object), conditions };
};

area('operations on records', () => {
  conformance(
    '[sig-api-machinery] API priority and fairness should support FlowSchema API operations [Conformance]',
    async c => {
      const resource = resources.flowschemas;
      await discoverable(c, resource, 'status');
      const user = { kind: 'User', user: { name: 'example-e2e-flow-schema-user' } };
      await operations(c, {
        resource,
        make: () => ({
          spec: {
            matchingPrecedence: 10000,
            priorityLevelConfiguration: { name: 'global-default' },
            distinguisherMethod: { type: 'ByUser' },
            rules: [{ subjects: [user], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
          },
        }),
        async between(object, place) {
          const conditions = [{ type: 'PatchStatusFailed', status: 'False', reason: 'E2E' }];
          await statusOperations(c, resource, object, place, {
            patch: { conditions },
            update: current => withConditions(current, { type: 'StatusUpdateFailed', status: 'False', reason: 'E2E' }),
          });
          const read = await c.client.get<Thing>(resource, object.metadata.name!);
          assert.ok(JSON.stringify(read.status).includes('StatusUpdateFailed'), 'the new status is read');
        },
      });
    },
  );

  conformance(
    '[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations [Conformance]',
    async c => {
      const resource = resources.prioritylevelconfigurations;
      await discoverable(c, resource, 'status');
      await operations(c, {
        resource,
        make: () => ({
          spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } },
        }),
        between: (object, place) =>
          statusOperations(c, resource, object, place, {
            patch: { conditions: [{ type: 'PatchStatusFailed', status: 'False', reason: 'E2E' }] },
            update: current => withConditions(current, { type: 'StatusUpdateFailed', status: 'False', reason: 'E2E' }),
          }),
      });
    },
  );

  const policySpec = {
    failurePolicy: 'Ignore',
    matchConstraints: {
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
      namespaceSelector: { matchLabels: { 'conformance-nobody-has-it': 'true' } },
    },
    validations: [{ expression: 'object.spec.replicas <= 100', messageExpression: "'too many'" }],
  };

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations [Conformance]',
    async c => {
      const resource = resources.validatingadmissionpolicies;
      await discoverable(c, resource, 'status');
      await operations(c, {
        resource,
        make: () => ({ spec: policySpec }),
        between: (object, place) =>
          statusOperations(c, resource, object, place, {
            patch: { conditions: [condition('Set from an e2e test')] },
            update: current => withConditions(current, condition('Updated by an e2e test')),
          }),
      });
    },
  );

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations [Conformance]',
    async c => {
      const resource = resources.validatingadmissionpolicybindings;
      await discoverable(c, resource);
      await operations(c, {
        resource,
        make: () => ({ spec: { policyName: `${c.unique}.example.com`, validationActions: ['Deny'] } }),
      });
    },
  );

  conformance('[sig-network] Ingress API should support creating Ingress API operations [Conformance]', async c => {
    const resource = resources.ingresses;
    await discoverable(c, resource, 'status');
    await operations(c, {
      resource,
      make: () => ({
        spec: {
          defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } },
          rules: [
            {
              host: 'foo.bar.com',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'ImplementationSpecific',
                    backend: { service: { name: 'test-backend', port: { number: 8080 } } },
                  },
                ],
              },
            },
          ],
        },
      }),
      async between(object, place) {
        const ingress = [{ ip: '169.1.1.1' }];
        await statusOperations(c, resource, object, place, {
          keepsMetadata: true,
          patch: { loadBalancer: { ingress } },
          update: current => (current.status = { loadBalancer: { ingress: [{ ip: '169.1.1.2' }] } }),
        });
        const read = await c.client.get<Thing>(resource, object.metadata.name!, place);
        assert.equal(at(read, 'status', 'loadBalancer', 'ingress', 0, 'ip'), '169.1.1.2', 'the new status is read');
      },
    });
  });

  conformance(
    '[sig-network] IngressClass API should support creating IngressClass API operations [Conformance]',
    async c => {
      await discoverable(c, resources.ingressclasses);
      await operations(c, {
        resource: resources.ingressclasses,
        make: () => ({ spec: { controller: 'example.com/controller' } }),
      });
    },
  );

  conformance(
    '[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations [Conformance]',
    async c => {
      await discoverable(c, resources.ipaddresses);
      const octet = 1 + Math.floor(Math.random() * 250);
      await operations(c, {
        resource: resources.ipaddresses,
        make: ({ labels }, number) => ({
          metadata: { name: `192.168.${octet}.${number}`, labels },
          spec: { parentRef: { resource: 'services', namespace: c.namespace, name: 'foo' } },
        }),
      });
    },
  );

  conformance(
    '[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations [Conformance]',
    async c => {
      const resource = resources.servicecidrs;
      await discoverable(c, resource, 'status');
      const octet = 1 + Math.floor(Math.random() * 250);
      await operations(c, {
        resource,
        make: (_, number) => ({ spec: { cidrs: [`192.168.${octet}.${number * 32}/27`] } }),
        between: (object, place) =>
          statusOperations(c, resource, object, place, {
            patch: { conditions: [condition('Set from an e2e test')] },
            update: current => withConditions(current, condition('Updated by an e2e test')),
          }),
      });
    },
  );

  conformance('[sig-node] RuntimeClass should support RuntimeClasses API operations [Conformance]', async c => {
    await discoverable(c, resources.runtimeclasses);
    await operations(c, { resource: resources.runtimeclasses, make: () => ({ handler: 'test-handler' }) });
  });

  conformance(
    '[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]',
    async c => {
      await discoverable(c, resources.csistoragecapacities);
      await operations(c, {
        resource: resources.csistoragecapacities,
        make: () => ({ storageClassName: c.unique, capacity: '8Gi' }),
      });
    },
  );

  conformance(
    '[sig-network] EndpointSlice should support creating EndpointSlice API operations [Conformance]',
    async c => {
      await discoverable(c, resources.endpointslices);
      await operations(c, {
        resource: resources.endpointslices,
        make: (_, number) => ({ addressType: 'IPv4', endpoints: [{ addresses: [`10.0.0.${number}`] }] }),
      });
    },
  );

  conformance('[sig-apps] CronJob should support CronJob API operations [Conformance]', async c => {
    const resource = resources.cronjobs;
    await discoverable(c, resource, 'status');
    const container = { name: 'c', image: 'registry.k8s.io/pause:3.10' };
    await operations(c, {
      resource,
      make: () => ({
        spec: {
          schedule: '1 1 1 1 *',
          suspend: true,
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [container] } } } },
        },
      }),
      async between(object, place) {
        await statusOperations(c, resource, object, place, {
          keepsMetadata: true,
          patch: { lastScheduleTime: '2026-01-02T03:04:05Z' },
          update: current => (current.status = { lastScheduleTime: '2026-01-02T03:05:05Z' }),
        });
        const read = await c.client.get<Thing>(resource, object.metadata.name!, place);
        assert.equal(at(read, 'status', 'lastScheduleTime'), '2026-01-02T03:05:05Z', 'the new status is read');
      },
    });
  });
});
