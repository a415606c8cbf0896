/** Pods as the API takes them, what refuses them, and what is filled in. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import { area, at, conformance, eventually, listAt, refused, type Thing } from './support/suite.ts';
import { podOf } from './support/workloads.ts';

const { limitranges, pods, priorityclasses, runtimeclasses } = resources;

area('pods', () => {
  conformance(
    '[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu [Conformance]',
    async ({ client, namespace }) => {
      const size = { cpu: '100m', memory: '100Mi' };
      await client.create(pods, podOf('it', { requests: size, limits: size }), { namespace });
      const read = await client.get<Thing>(pods, 'it', { namespace });
      assert.equal(at(read, 'status', 'qosClass'), 'Guaranteed', 'requests that are limits make it Guaranteed');
    },
  );

  conformance(
    '[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete [NodeConformance] [Conformance]',
    async ({ client, namespace }) => {
      const container = { image: 'docker.io/library/busybox:1.35', command: ['/bin/false'] };
      await client.create(pods, podOf('it', { container }), { namespace });
      await client.delete(pods, 'it', { namespace });
      await eventually('the pod is deleted', () => refused(client.get(pods, 'it', { namespace }), 404, 'it is gone'));
    },
  );

  conformance(
    '[sig-node] Probing container with readiness probe that fails should never be ready and never restart [NodeConformance] [Conformance]',
    async ({ client, namespace }) => {
      const readinessProbe = { exec: { command: ['/bin/false'] }, initialDelaySeconds: 1, periodSeconds: 1 };
      const container = { image: 'docker.io/library/busybox:1.35', command: ['sleep', '3600'], readinessProbe };
      await client.create(pods, podOf('it', { container }), { namespace });
      for (let look = 0; look < 10; look++) {
        await sleep(500);
        const { status } = await client.get<Thing>(pods, 'it', { namespace });
        const ready = listAt(status, 'conditions').find(({ type }) => type === 'Ready');
        assert.notEqual(ready?.status, 'True', 'the pod is never ready');
        for (const { restartCount } of listAt(status, 'containerStatuses'))
          assert.equal(restartCount, 0, 'and never restarted');
      }
    },
  );

  conformance(
    '[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls [MinimumKubeletVersion:1.21] [Conformance]',
    async ({ client, namespace }) => {
      const sysctls = [
        { name: 'foo-', value: 'bar' },
        { name: 'kernel.shmmax', value: '100000000' },
        { name: 'safe-and-unsafe', value: '100000000' },
        { name: 'bar..', value: '42' },
      ];
      const pod = podOf('it', { spec: { securityContext: { sysctls } } });
      const { message } = await refused(client.create(pods, pod, { namespace }), 422, 'the pod is refused');
      for (const index of [0, 3]) {
        const { name } = sysctls[index]!;
        const found = `spec.securityContext.sysctls[${index}].name: Invalid value: "${name}"`;
        assert.ok(message.includes(found), `for ${name} (${message})`);
      }
      assert.ok(!message.includes('shmmax') && !message.includes('sysctls[2]'), 'not for those that are valid');
    },
  );

  conformance(
    '[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance] [Conformance]',
    async ({ client, namespace, unique }) => {
      const pod = podOf('it', { spec: { runtimeClassName: `${unique}-nothing` } });
      const { message } = await refused(client.create(pods, pod, { namespace }), 403, 'the pod is refused');
      assert.match(message, /RuntimeClass "\S+" not found/, 'for lack of the class');
    },
  );

  conformance(
    '[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance] [Conformance]',
    async ({ client, namespace, unique }) => {
      await client.create(runtimeclasses, { metadata: { name: unique }, handler: 'handler' } as Thing);
      const pod = (name: string) => podOf(name, { spec: { runtimeClassName: unique } });
      await eventually('with the class, the pod is taken', () => client.create(pods, pod('before'), { namespace }));
      await client.delete(runtimeclasses, unique);
      let number = 0;
      await eventually('without it the pod is refused', () =>
        refused(client.create(pods, pod(`after-${number++}`), { namespace }), 403, 'it is refused'),
      );
    },
  );

  conformance(
    '[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied. [Conformance]',
    async c => {
      const { client, namespace } = c;
      const amounts = (cpu: string, memory: string, storage: string) => ({ cpu, memory, 'ephemeral-storage': storage });
      const limits = [
        {
          type: 'Container',
          min: amounts('50m', '100Mi', '100Gi'),
          max: amounts('500m', '500Mi', '500Gi'),
          default: amounts('500m', '500Mi', '500Gi'),
          defaultRequest: amounts('100m', '200Mi', '200Gi'),
        },
      ];
      const follower = await c.follow(limitranges, { namespace });
      await client.create(limitranges, { metadata: { name: 'it' }, spec: { limits } } as Thing, { namespace });
      await follower.until(({ type }) => type === 'ADDED', 'creation is seen');
      const read = await client.get<Thing>(limitranges, 'it', { namespace });
      assert.deepEqual(at(read, 'spec', 'limits'), limits, 'it is read as it was given');
      const resourcesOf = async (name: string) =>
        at(await client.get(pods, name, { namespace }), 'spec', 'containers', 0, 'resources');
      let number = 0;
      await eventually('a pod without resources gets the defaults', async () => {
        const name = `plain-${number++}`;
        await client.create(pods, podOf(name), { namespace });
        assert.deepEqual(await resourcesOf(name), {
          requests: limits[0]!.defaultRequest,
          limits: limits[0]!.default,
        });
        return true;
      });
      const requests = amounts('100m', '200Mi', '150Gi');
      await client.create(pods, podOf('partly', { requests, limits: { cpu: '300m' } }), { namespace });
      assert.deepEqual(
        await resourcesOf('partly'),
        { requests, limits: { ...limits[0]!.default, cpu: '300m' } },
        'what a pod says itself stays',
      );
      const small = podOf('small', { requests: amounts('10m', '50Mi', '50Gi') });
      await refused(client.create(pods, small, { namespace }), 403, 'less than the minimum is refused');
      const large = podOf('large', { limits: amounts('600m', '600Mi', '600Gi') });
      await refused(client.create(pods, large, { namespace }), 403, 'more than the maximum is refused');
      const wider = [{ ...limits[0], min: amounts('9m', '49Mi', '49Gi') }];
      const updated = structuredClone(read);
      updated.spec = { limits: wider };
      const answer = await client.update<Thing>(limitranges, updated, { namespace });
      assert.deepEqual(at(answer, 'spec', 'limits'), wider, 'the limits are updated');
      await eventually('then the small pod is taken', () => client.create(pods, small, { namespace }));
      await refused(client.create(pods, large, { namespace }), 403, 'the large one still not');
      await client.delete(limitranges, 'it', { namespace });
      await eventually('the limits are deleted', () =>
        refused(client.get(limitranges, 'it', { namespace }), 404, 'gone'),
      );
    },
  );

  conformance(
    '[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection [Conformance]',
    async ({ client, namespace, unique, anotherNamespace }) => {
      const other = await anotherNamespace();
      const limit = { type: 'Container', max: { cpu: '500m' }, min: { cpu: '50m' } };
      const object: Thing = { metadata: { name: 'it', labels: { range: unique } }, spec: { limits: [limit] } };
      for (const place of [namespace, other]) await client.create(limitranges, object, { namespace: place });
      const labelSelector = `range=${unique}`;
      assert.equal((await client.list(limitranges, { labelSelector })).items.length, 2, 'both are found among all');
      const min = { cpu: '40m' };
      const patch = { metadata: { labels: { patched: unique } }, spec: { limits: [{ type: 'Container', min }] } };
      const patched = await client.patch<Thing>(limitranges, 'it', 'strategic', patch, { namespace });
      assert.equal(patched.metadata.labels?.patched, unique, 'the patch brings a label');
      assert.deepEqual(at(patched, 'spec', 'limits', 0, 'min'), min, 'and limits');
      await client.deleteCollection(limitranges, { namespace, labelSelector: `patched=${unique}` });
      const { items } = await client.list(limitranges, { labelSelector });
      assert.deepEqual(
        items.map(({ metadata }) => metadata.namespace),
        [other],
        'only the one with the label is deleted',
      );
    },
  );

  conformance(
    '[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods [Conformance]',
    async ({ client, unique, atEnd }) => {
      const names = ['p1', 'p2'].map(name => `${unique}-${name}`);
      atEnd(() => client.deleteCollection(priorityclasses, { labelSelector: `of=${unique}` }));
      for (const [index, name] of names.entries())
        await client.create(priorityclasses, {
          ...{ metadata: { name, labels: { of: unique } } },
          value: index + 1,
        } as Thing);
      const { items } = await client.list(priorityclasses);
      for (const name of names)
        assert.ok(
          items.some(({ metadata }) => metadata.name === name),
          'it is listed',
        );
      for (const name of names) {
        const patch = (body: unknown) => client.patch<Thing>(priorityclasses, name, 'strategic', body);
        assert.equal((await patch({ description: 'patched' })).description, 'patched', 'a mutable field is patched');
        const current = await client.get<Thing>(priorityclasses, name);
        const update = (change: object) => client.update<Thing>(priorityclasses, { ...current, ...change });
        await refused(patch({ value: 9 }), 422, 'an immutable field is not patched');
        await refused(update({ value: 9 }), 422, 'nor updated');
        assert.equal((await update({ description: 'updated' })).description, 'updated', 'a mutable one is updated');
        assert.equal((await client.get<Thing>(priorityclasses, name)).value, current.value, 'the value stays');
      }
    },
  );
});
