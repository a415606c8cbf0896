/** A whole node with real containers: the shipped agent over containerd, against the real API server in process. */
import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { readBody } from '@orrery/http';
import { exitCodeOf, openPortForward, openRemoteCommand } from '@orrery/http/node';
import type { ConfigMap, Container, Pod, Secret } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { startNode, type NodeAgent } from './node.ts';
import { podPath } from './runtime/cgroups/pod.ts';
import { inOwnNetwork, openMachine, untilListening, type Machine } from './runtime/testing/machine.ts';
import { core } from './testing.ts';

const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
const shell = (script: string): Pick<Container, 'command'> => ({ command: ['sh', '-c', script] });
/** What a container needs on a machine that does much else. */
const patienceMs = 60_000;
const forever = 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done';

interface Summary {
  readonly pods: readonly { podRef: { name: string }; containers: { name: string }[] }[];
}

inOwnNetwork(import.meta.url, () => {
  suite('a node with real containers', () => {
    let machine: Machine;
    let server: ApiServer;
    let client: Client;
    let agent: NodeAgent;
    let stopping: AbortController;
    const store = createMemoryStore({ clock: systemClock });
    const log = process.env.NODE_LOG ? createLog(systemClock, line => process.stderr.write(`${line}\n`)) : silentLog;

    const start = async (): Promise<void> => {
      stopping = new AbortController();
      const context = createContext({ client, clock: systemClock, random: systemRandom, log, signal: stopping.signal });
      agent = await startNode(context, {
        nodeName: 'n1',
        nodeIP: '127.0.0.1',
        clusterDNS: ['10.96.0.10'],
        clusterDomain: 'cluster.local',
        runtime: machine.runtime,
        dataDir: machine.directory,
        cgroups: { host: machine.cgroups, root: machine.cgroupRoot },
      });
      await agent.registered;
    };
    const stop = async (): Promise<void> => {
      stopping.abort();
      await agent.stop();
    };
    before(async () => {
      machine = await openMachine();
      server = await createApiServer({ store, clock: systemClock, random: systemRandom, log: silentLog });
      await server.ready;
      client = createClient(server.handler, { user });
      for (const name of ['default', 'kube-node-lease']) {
        await client
          .create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
          .catch(() => {});
      }
      await start();
    });
    after(async () => {
      await stop();
      await server.close();
      await store.close();
      await machine.close();
    });

    const create = (name: string, spec: Partial<Pod['spec']>, metadata: Partial<Pod['metadata']> = {}): Promise<Pod> =>
      client.create<Pod>(core('pods'), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: { nodeName: 'n1', containers: [], terminationGracePeriodSeconds: 2, ...spec },
      });
    const get = (name: string): Promise<Pod | undefined> =>
      client.get<Pod>(core('pods'), name, { namespace: 'default' }).catch(() => undefined);
    const until = async (name: string, what: string, holds: (pod: Pod | undefined) => boolean): Promise<Pod> => {
      for (const deadline = systemClock.monotonic() + patienceMs; systemClock.monotonic() < deadline;) {
        const pod = await get(name);
        if (holds(pod)) return pod!;
        await systemClock.sleep(25);
      }
      const { items } = await client.list<Pod & { reason: string; message: string }>(core('events'), {
        namespace: 'default',
      });
      const said = items.map(({ reason, message }) => `${reason}: ${message}`).join('\n');
      return assert.fail(`${name} is not ${what}: ${JSON.stringify((await get(name))?.status, null, 1)}\n${said}`);
    };
    const looked = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      for (const deadline = systemClock.monotonic() + patienceMs; !(await holds());) {
        if (systemClock.monotonic() > deadline) assert.fail(`there is not ${what}`);
        await systemClock.sleep(25);
      }
    };
    const isReady = (pod: Pod | undefined): boolean =>
      pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    const ready = (name: string) => until(name, 'ready', isReady);
    const gone = (name: string) => until(name, 'gone', pod => pod === undefined);
    const remove = async (name: string) => {
      await client.delete(core('pods'), name, { namespace: 'default' });
      await gone(name);
    };
    const kubelet = async (target: string): Promise<string> => {
      const request = { method: 'GET', target, headers: {}, body: new Uint8Array(), signal: stopping.signal, user };
      return Buffer.from(await readBody((await agent.handler(request)).body)).toString();
    };
    const idOf = (pod: Pod, name = 'main'): string =>
      pod.status?.containerStatuses?.find(status => status.name === name)?.containerID?.replace(/^.*:\/\//, '') ?? '';
    const inside = async (pod: Pod, script: string): Promise<string> => {
      const { stdout, stderr } = await machine.runtime.execSync(idOf(pod), ['sh', '-c', script], 10);
      return Buffer.concat([stdout, stderr]).toString();
    };
    const image = 'orrery.test/busybox:1';
    interface Ends {
      onData(take: (chunk: Uint8Array) => void): void;
      onEnd(done: () => void): void;
    }
    const collect = (source: Ends): Promise<string> =>
      new Promise(resolve => {
        let text = '';
        source.onData(chunk => (text += Buffer.from(chunk).toString()));
        source.onEnd(() => resolve(text));
      });

    test('environment, volumes, names and limits reach the container', async () => {
      const configMap: ConfigMap = {
        metadata: { name: 'settings', namespace: 'default' },
        data: { color: 'blue', size: 'xl' },
      };
      const secret: Secret = { metadata: { name: 'login', namespace: 'default' }, data: { password: btoa('s3cret') } };
      await client.create(core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', ...configMap });
      await client.create(core('secrets'), { apiVersion: 'v1', kind: 'Secret', ...secret });
      const mounts = [
        { name: 'shared', mountPath: '/shared' },
        { name: 'settings', mountPath: '/settings' },
        { name: 'login', mountPath: '/login', readOnly: true },
        { name: 'labels', mountPath: '/labels' },
        { name: 'shared', mountPath: '/part', subPath: 'deep/er' },
      ];
      const env = [
        { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'BOTH', value: '$(COLOR)-$(IP)' },
      ];
      await create(
        'full',
        {
          hostname: 'box',
          hostAliases: [{ ip: '192.0.2.1', hostnames: ['example'] }],
          securityContext: { fsGroup: 4242 },
          initContainers: [{ name: 'init', image, ...shell('echo made > /shared/file'), volumeMounts: [mounts[0]!] }],
          containers: [
            {
              name: 'main',
              image,
              ...shell(`echo part > /part/file; echo hello; ${forever}`),
              env,
              volumeMounts: mounts,
              resources: { limits: { memory: '64Mi', cpu: '500m' } },
            },
          ],
          volumes: [
            { name: 'shared', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
            { name: 'settings', configMap: { name: 'settings', items: [{ key: 'color', path: 'the/color' }] } },
            { name: 'login', secret: { secretName: 'login', defaultMode: 0o400 } },
            {
              name: 'labels',
              downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
            },
          ],
        },
        { labels: { app: 'full' } },
      );
      const pod = await ready('full');
      const ip = pod.status?.podIP ?? '';
      assert.match(ip, /^10\.123\.0\.\d+$/);
      assert.equal(await inside(pod, 'echo $BOTH'), `blue-${ip}\n`);
      assert.equal(
        await inside(pod, 'cat /shared/file /settings/the/color /login/password /labels/labels'),
        'made\nblues3cretapp="full"',
      );
      assert.equal(await inside(pod, 'cat /shared/deep/er/file'), 'part\n');
      assert.match(
        await inside(pod, 'cat /etc/hosts'),
        new RegExp(`${ip}\tbox\n\n# Entries added by HostAliases.\n192.0.2.1\texample\n`),
      );
      assert.match(
        await inside(pod, 'cat /etc/resolv.conf'),
        /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver 10\.96\.0\.10\noptions ndots:5/,
      );
      assert.equal(await inside(pod, 'hostname'), 'box\n');
      assert.match(await inside(pod, 'id'), /4242/);
      const around = podPath(
        { version: machine.cgroups.version, root: machine.cgroupRoot },
        'Burstable',
        pod.metadata.uid!,
      );
      assert.ok((await machine.cgroups.processes(around)).length > 0, 'the pod runs in its cgroup');
      assert.equal(pod.status?.qosClass, 'Burstable');
      await looked('its log', async () => (await kubelet('/containerLogs/default/full/main')) === 'hello\n');

      await client.patch(
        core('configmaps'),
        'settings',
        'merge',
        { data: { color: 'green' } },
        { namespace: 'default' },
      );
      await looked('the new colour', async () => (await inside(pod, 'cat /settings/the/color')) === 'green');

      await remove('full');
      await assert.rejects(access(path.join(machine.directory, 'pods', pod.metadata.uid!)));
      assert.deepEqual(await machine.cgroups.processes(around).catch(() => []), []);
      // The runtime forgets the pod after the API has.
      const labels = { 'io.kubernetes.pod.uid': pod.metadata.uid! };
      const left = () => machine.runtime.listPodSandboxes({ labels });
      await looked('no sandbox', async () => (await left()).length === 0);
    });

    test('a killed process is restarted once, and a new agent changes nothing', async () => {
      await create('web', { containers: [{ name: 'main', image, ...shell(`echo one; ${forever}`) }] });
      const first = await ready('web');
      await inside(first, 'kill -9 1; kill -TERM 1').catch(() => '');
      const second = await until(
        'web',
        'restarted',
        pod => pod?.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(pod),
      );
      assert.notEqual(idOf(second), idOf(first));
      await stop();
      await start();
      await systemClock.sleep(500);
      const third = await ready('web');
      assert.deepEqual(third.status?.containerStatuses, second.status?.containerStatuses);
      await remove('web');
    });

    test('termination messages, by file and from the log', async () => {
      await create('ends', {
        restartPolicy: 'Never',
        containers: [
          { name: 'main', image, ...shell('echo said > /dev/termination-log; exit 3') },
          {
            name: 'talks',
            image,
            ...shell('echo last words; exit 4'),
            terminationMessagePolicy: 'FallbackToLogsOnError',
          },
        ],
      });
      const pod = await until('ends', 'failed', found => found?.status?.phase === 'Failed');
      const ends = pod.status?.containerStatuses?.map(({ state }) => [
        state?.terminated?.exitCode,
        state?.terminated?.message,
      ]);
      assert.deepEqual(ends, [
        [3, 'said\n'],
        [4, 'last words\n'],
      ]);
      assert.equal(await kubelet('/containerLogs/default/ends/talks?timestamps=false'), 'last words\n');
      await remove('ends');
    });

    test('grace is kept: hooks run, SIGTERM comes, and SIGKILL where it must', async () => {
      const main = {
        name: 'main',
        image,
        ...shell('trap "" TERM; while :; do sleep 1 & wait $!; done'),
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo hook > /proc/1/fd/1'] } } },
      };
      await create('stubborn', { terminationGracePeriodSeconds: 3, containers: [main] });
      await ready('stubborn');
      let seen = '';
      const following = kubelet('/containerLogs/default/stubborn/main?follow=true').then(text => (seen = text));
      await remove('stubborn');
      await following;
      assert.equal(seen, 'hook\n');
    });

    test('probes and images that cannot be had are said in the status', async () => {
      await create('sick', {
        containers: [
          {
            name: 'main',
            image,
            ...shell(forever),
            readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1 },
          },
          { name: 'absent', image: 'orrery.test/absent:1', imagePullPolicy: 'Never' },
          { name: 'wrong', image, command: ['/no/such/program'] },
        ],
      });
      const pod = await until('sick', 'explained', found => {
        const reasons = found?.status?.containerStatuses?.map(({ state }) => state?.waiting?.reason);
        return (
          reasons?.[0] === 'ErrImageNeverPull' &&
          (reasons[2] === 'RunContainerError' || reasons[2] === 'CrashLoopBackOff')
        );
      });
      assert.equal(isReady(pod), false);
      await inside(pod, 'echo > /tmp/ready');
      await until(
        'sick',
        'partly ready',
        found => found?.status?.containerStatuses?.find(({ name }) => name === 'main')?.ready === true,
      );
      await remove('sick');
    });

    test("a pod on the host's network, beside one that shares its processes", async () => {
      const security = {
        runAsUser: 1000,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      };
      await create('host', {
        hostNetwork: true,
        containers: [{ name: 'main', image, ...shell(forever), securityContext: security }],
      });
      const shared = { name: 'other', image, ...shell(forever) };
      await create('shared', {
        shareProcessNamespace: true,
        containers: [{ name: 'main', image, ...shell(forever) }, shared],
      });
      const [host, pair] = [await ready('host'), await ready('shared')];
      assert.equal(host.status?.podIP, '127.0.0.1');
      assert.match(await inside(host, 'id'), /uid=1000/);
      assert.match(await inside(host, 'echo x > /file'), /Read-only file system/);
      assert.match(await inside(host, 'cat /etc/hosts'), /^# Kubernetes-managed hosts file \(host network\)\.\n/);
      assert.match(await inside(pair, 'ps'), /pause[\s\S]*sleep/);
      await remove('host');
      await remove('shared');
    });

    test('exec with input, attach, and forwarded ports', async () => {
      const listens = 'while :; do echo from inside | nc -l -p 8080; done & ';
      const talks = 'while :; do echo tick; sleep 1 & wait $!; done';
      await create('talk', {
        containers: [{ name: 'main', image, ...shell(`trap "exit 0" TERM; ${listens} ${talks}`) }],
      });
      const pod = await ready('talk');
      const direct = createClient(agent.handler, { user });
      const command = async (target: string, stdin: boolean) => {
        const { stream, protocol } = await direct.upgrade('POST', target, ['v4.channel.k8s.io']);
        const streams = { stdin, stdout: true, stderr: true, tty: false };
        return openRemoteCommand(stream, { ...streams, protocol, clock: systemClock });
      };
      const script = encodeURIComponent('cat; echo done >&2; exit 7');
      const exec = await command(
        `/exec/default/talk/main?input=1&output=1&error=1&command=sh&command=-c&command=${script}`,
        true,
      );
      const outputs = Promise.all([collect(exec.stdout!), collect(exec.stderr!)]);
      exec.stdin!.write(Buffer.from('typed'));
      exec.stdin!.end();
      assert.deepEqual(await outputs, ['typed', 'done\n']);
      assert.equal(exitCodeOf(await exec.status), 7);

      const attached = await command('/attach/default/talk/main?output=1&error=1', false);
      const ticked = new Promise<string>(resolve =>
        attached.stdout!.onData(chunk => resolve(Buffer.from(chunk).toString())),
      );
      assert.match(await ticked, /tick/);
      attached.status.catch(() => {});
      attached.close();

      await untilListening(machine.runtime, idOf(pod), 8080);
      const { stream } = await direct.upgrade('POST', '/portForward/default/talk', ['portforward.k8s.io']);
      const forwarding = openPortForward(stream, { clock: systemClock });
      const connection = forwarding.connect(8080);
      connection.data.end();
      assert.equal(await collect(connection.data), 'from inside\n');
      forwarding.close();
      await remove('talk');
    });

    test('figures', async () => {
      await create('busy', { containers: [{ name: 'main', image, ...shell(forever) }] });
      await ready('busy');
      await looked('the pod among the figures, and no other', async () => {
        const { pods } = JSON.parse(await kubelet('/stats/summary')) as Summary;
        return isDeepStrictEqual(
          pods.map(({ podRef, containers }) => [podRef.name, containers.length]),
          [['busy', 1]],
        );
      });
      assert.match(
        await kubelet('/metrics/resource'),
        /container_memory_working_set_bytes\{container="main",namespace="default",pod="busy"\} \d+/,
      );
      await remove('busy');
      assert.deepEqual(await readdir(path.join(machine.directory, 'pods')), []);
      assert.equal(
        (await readFile('/proc/self/mountinfo', 'utf8')).includes(path.join(machine.directory, 'pods')),
        false,
      );
    });
  });
});
