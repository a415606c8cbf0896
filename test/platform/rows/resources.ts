/** Row 3 and those beyond 51 that tenancy rests on: native calls, lists, operations, terminals and the trail. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { resources as kinds } from '@orrery/client/resources';
import { createDuplexPair } from '@orrery/http';
import { createWebSocket } from '@orrery/http/node';
import { eventually } from '../../e2e/support/cluster.ts';
import { lists, namesIn, type Rows, type Suite } from '../support/suite.ts';

const inProject = '/api/v1/namespaces/n1-a';
const apps = '/apis/apps/v1/namespaces/n1-a/deployments';
const operations = '/kapis/operations.orrery.io/v1alpha1';

const deployment = (name: string, cause: string) => ({
  metadata: { name, labels: { app: name }, annotations: { 'kubernetes.io/change-cause': cause } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', env: [{ name: 'CAUSE', value: cause }] }],
      },
    },
  },
});

interface Terminal {
  readonly isOpen: () => boolean;
}

/** The WebSocket of a shell, once it has answered. */
async function openTerminal({ caller, token }: Suite, who: string, pod: string): Promise<Terminal | number> {
  const target = `/kapis/terminal.kubesphere.io/v1alpha2/namespaces/n1-a/pods/${pod}/exec?container=main&shell=sh`;
  const { status, upgrade } = await caller.ask('GET', target, { token: token(who), headers: handshake });
  if (status !== 101 || !upgrade) return status;
  const [ours, theirs] = createDuplexPair();
  upgrade(theirs);
  const socket = createWebSocket(ours, { role: 'client' });
  let open = true;
  socket.onClose(() => void (open = false));
  return { isOpen: () => open };
}

export const resources: Rows = row => {
  row(3, 'the native API is the cluster’s, as the user: what kubectl shows a viewer and refuses him', async suite => {
    const { user, workspace, project, invite, inviteTo, platform, as, done } = suite;
    for (const name of ['boss', 'operator', 'viewer', 'stranger']) await user(name);
    await workspace('n1', 'boss');
    await project('boss', 'n1', 'n1-a');
    await invite('boss', 'n1', 'operator', 'regular');
    await invite('boss', 'n1', 'viewer', 'viewer');
    await inviteTo('boss', 'n1-a', 'operator', 'operator');
    await done('operator', 'POST', apps, deployment('web', 'first'));
    await eventually('a pod runs', async () => {
      const { items } = await platform.admin.list(kinds.pods, { namespace: 'n1-a' });
      return items.some(item => (item as { status?: { phase?: string } }).status?.phase === 'Running');
    });
    const of = (items: readonly { metadata: { name?: string } }[]) =>
      items.map(({ metadata }) => metadata.name).toSorted();
    const shown = (await done('viewer', 'GET', `${inProject}/pods`)) as unknown as { items: Named[] };
    deepEqual(of(shown.items), of((await platform.admin.list(kinds.pods, { namespace: 'n1-a' })).items));
    for (const path of ['/clusters/host/api/v1/namespaces/n1-a/pods', '/api/clusters/host/v1/namespaces/n1-a/pods'])
      equal((await as('viewer', 'GET', path)).status, 200, path);
    const [first] = of(shown.items);
    const { status, text } = await as('viewer', 'DELETE', `${inProject}/pods/${first}`);
    equal(status, 403);
    match(text, /User \\"viewer\\" cannot delete resource \\"pods\\"/);
    const secrets = await as('viewer', 'GET', `${inProject}/pods/${first}/exec?command=sh`);
    equal(secrets.status, 403);
    equal((await as('stranger', 'GET', `${inProject}/pods`)).status, 403);
  });

  row(60, 'lists are in pages, sorted, filtered and counted; any kind has one', async ({ done, as }) => {
    for (const name of ['map-b', 'map-a', 'map-c', 'map-d'])
      await done('operator', 'POST', `${inProject}/configmaps`, {
        metadata: { name, labels: { half: name < 'map-c' ? 'one' : 'two' } },
      });
    const page = (query: string) => done('viewer', 'GET', `${lists}/namespaces/n1-a/configmaps?${query}`);
    const sorted = 'sortBy=name&ascending=true';
    await eventually('all are there', async () => (await page('label=half'))['totalItems'] === 4);
    const second = await page(`label=half&${sorted}&limit=2&page=2`);
    deepEqual([namesIn(second), second['totalItems']], [['map-c', 'map-d'], 4]);
    deepEqual(namesIn(await page(`labelSelector=half=one&${sorted}`)), ['map-a', 'map-b']);
    deepEqual(namesIn(await page(`names=map-a,map-d&${sorted}`)), ['map-a', 'map-d']);
    deepEqual(namesIn(await page('name=p-b')), ['map-b']);
    const leases = '/kapis/coordination.k8s.io/v1/namespaces/n1-a/leases';
    equal((await as('viewer', 'GET', leases)).status, 200, 'a kind that nobody listed by hand');
    const older =
      '/kapis/resources.kubesphere.io/v1alpha2/namespaces/n1-a/configmaps?paging=limit=2,page=1&orderBy=name';
    ok(Number((await done('viewer', 'GET', older))['total_count']) >= 4);
  });

  row(
    55,
    'a workload is rolled back, scaled and restarted by who may, and by nobody else',
    async ({ done, patch, as, status }) => {
      const place = `${operations}/namespaces/n1-a/deployments/web`;
      const env = {
        containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', env: [{ name: 'CAUSE', value: 'second' }] }],
      };
      equal((await patch('operator', `${apps}/web`, { spec: { template: { spec: env } } })).status, 200);
      await eventually(
        'two revisions',
        async () => (await done('viewer', 'GET', `${place}/revisions`))['totalItems'] === 2,
      );
      for (const who of ['viewer', 'stranger']) {
        equal(await status(who, 'POST', `${place}/rollback`, { revision: 1 }), 403, who);
        equal(await status(who, 'PUT', `${place}/scale`, { replicas: 3 }), 403, who);
        equal(await status(who, 'POST', `${place}/restart`), 403, who);
      }
      await done('operator', 'POST', `${place}/rollback`, { revision: 1 });
      const { body } = await as('operator', 'GET', `${apps}/web`);
      ok(JSON.stringify(body).includes('"value":"first"'));
      await done('operator', 'PUT', `${place}/scale`, { replicas: 2 });
      await eventually('two of them', async () => {
        const { items } = (await done('viewer', 'GET', `${inProject}/pods`)) as unknown as { items: Named[] };
        return items.filter(({ metadata }) => !metadata.deletionTimestamp).length === 2;
      });
      await done('operator', 'POST', `${place}/restart`);
    },
  );

  row(62, 'what changed between two revisions is told', async ({ done }) => {
    const place = `${operations}/namespaces/n1-a/deployments/web/revisions`;
    const { items } = (await done('viewer', 'GET', place)) as unknown as { items: { revision: number }[] };
    const [newest, oldest] = [items[0]!, items.at(-1)!];
    const target = `${place}/${oldest.revision}/diff?to=${newest.revision}`;
    const { changes } = (await done('viewer', 'GET', target)) as unknown as { changes: { path: string }[] };
    ok(changes.length > 0);
  });

  row(58, 'a job runs once more', async ({ done, status }) => {
    const jobs = '/apis/batch/v1/namespaces/n1-a/jobs';
    const template = {
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] },
    };
    const job = (await done('operator', 'POST', jobs, {
      metadata: { name: 'once' },
      spec: { template },
    })) as unknown as Named;
    const rerun = '/kapis/operations.kubesphere.io/v1alpha2/namespaces/n1-a/jobs/once?action=rerun';
    equal(await status('viewer', 'POST', rerun), 403);
    await done('operator', 'POST', rerun);
    await eventually('it is another one', async () => {
      return ((await done('viewer', 'GET', `${jobs}/once`)) as unknown as Named).metadata.uid !== job.metadata.uid;
    });
  });

  row(52, 'a node is taken out of scheduling by administrators alone', async ({ done, status, platform }) => {
    const [node] = (await platform.admin.list(kinds.nodes)).items;
    const target = `${operations}/nodes/${node!.metadata.name}/cordon`;
    equal(await status('boss', 'PUT', target, { cordoned: true }), 403);
    equal(await status('boss', 'GET', '/api/v1/nodes'), 403);
    await done('admin', 'PUT', target, { cordoned: true });
    const now = await platform.admin.get(kinds.nodes, node!.metadata.name!);
    equal((now as unknown as { spec: { unschedulable?: boolean } }).spec.unschedulable, true);
    await done('admin', 'PUT', target, { cordoned: false });
  });

  row(60, 'a terminal is for who may execute, is recorded, and closes with the right to it', async suite => {
    const { done, as } = suite;
    // Pods of before the restart go while it lasts.
    await eventually('the restart is over', async () => {
      const { metadata, status } = (await done('viewer', 'GET', `${apps}/web`)) as unknown as Deployed;
      const { observedGeneration, replicas, updatedReplicas, availableReplicas } = status;
      return (
        observedGeneration === metadata.generation && [replicas, updatedReplicas, availableReplicas].join() === '2,2,2'
      );
    });
    const { items } = (await done('viewer', 'GET', `${inProject}/pods`)) as unknown as { items: Running[] };
    const pod = items.find(({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp)!;
    const name = pod.metadata.name!;
    for (const who of ['viewer', 'stranger']) equal(await openTerminal(suite, who, name), 403, who);
    const terminal = await openTerminal(suite, 'operator', name);
    ok(typeof terminal !== 'number', String(terminal));
    const recordings = '/kapis/terminal.orrery.io/v1alpha1/recordings';
    const count = async (who: string) => (await done(who, 'GET', recordings))['totalItems'];
    await eventually('it is recorded', async () => (await count('operator')) === 1);
    equal(await count('boss'), 1, 'the project’s administrator may look');
    for (const who of ['viewer', 'stranger']) equal(await count(who), 0, who);
    await done('boss', 'DELETE', '/kapis/iam.kubesphere.io/v1beta1/namespaces/n1-a/members/operator');
    await eventually('it closes', async () => !terminal.isOpen());
    equal(await openTerminal(suite, 'operator', name), 403);
    equal((await as('operator', 'GET', `${inProject}/pods`)).status, 403);
  });

  row(146, 'who did what is found by who may see the place, and by nobody else', async ({ done, caller }) => {
    const trail = '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events';
    const of = async (who: string, query: string) =>
      ((await done(who, 'GET', `${trail}?${query}`)) as unknown as { query: Trail }).query;
    await eventually('the refusal is on record', async () => {
      const { records } = await of('admin', 'user_filter=viewer&verb_filter=delete&objectref_namespace_filter=n1-a');
      return records.some(({ responseStatus, Workspace, sourceIPs, userAgent }) => {
        return responseStatus.code === 403 && Workspace === 'n1' && sourceIPs.length > 0 && userAgent === 'suite/1';
      });
    });
    for (const metadata of [{ generateName: 'noted-' }, { name: 'noted' }]) {
      const made = await done('boss', 'POST', '/api/v1/namespaces/n1-a/configmaps', { metadata });
      const { name } = made['metadata'] as { name: string };
      await eventually('what was made is on record by its name', async () => {
        const { records } = await of('boss', `verb_filter=create&objectref_resource_filter=configmaps&size=100`);
        return records.some(({ objectRef }) => objectRef?.name === name);
      });
    }
    const everything = await of('boss', 'size=1000');
    ok(everything.total > 0);
    for (const { Workspace } of everything.records) equal(Workspace, 'n1');
    equal((await of('stranger', 'size=1000')).total, 0);
    equal((await of('stranger', 'workspace_filter=n1')).total, 0);
    ok(!JSON.stringify(await of('admin', 'size=1000')).includes('Pa55word'), 'no password stands in it');
    equal((await caller.call('GET', trail)).status, 401);
    const proof = await done('admin', 'GET', '/kapis/auditing.orrery.io/v1alpha1/verification');
    equal(proof['intact'], true, JSON.stringify(proof));
  });
};

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

interface Named {
  readonly metadata: { readonly name?: string; readonly uid?: string; readonly deletionTimestamp?: string };
}

interface Running extends Named {
  readonly status: { readonly phase: string };
}

interface Deployed {
  readonly metadata: { readonly generation?: number };
  readonly status: Readonly<
    Record<'observedGeneration' | 'replicas' | 'updatedReplicas' | 'availableReplicas', number>
  >;
}

interface Trail {
  readonly total: number;
  readonly records: readonly {
    readonly responseStatus: { readonly code: number };
    readonly Workspace: string;
    readonly objectRef?: { readonly name?: string };
    readonly sourceIPs: readonly string[];
    readonly userAgent: string;
  }[];
}
