/** What kubectl makes of the cluster. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '@orrery/client/resources';
import { kubectlPath } from './support/cluster.ts';
import { area, at, conformance, eventually, type Case, type Thing } from './support/suite.ts';
import { workloadOf } from './support/workloads.ts';

const { deployments, pods } = resources;
const first = 'registry.k8s.io/e2e-test-images/httpd:2.4.38-4';
const second = 'registry.k8s.io/e2e-test-images/busybox:1.29-4';

async function succeeds(c: Case, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await c.kubectl(args, input);
  assert.equal(code, 0, `kubectl ${args.join(' ')} succeeds (${stderr})`);
  return stdout;
}

/** Asks the proxy for the versions of the API. */
const askProxy = (options: { port: number; host: string } | { socketPath: string }): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ ...options, path: '/api/' }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });

/** A proxy with these options, and what it prints. */
async function withProxy(
  c: Case,
  options: readonly string[],
  use: (printed: () => string) => Promise<void>,
): Promise<void> {
  const child: ChildProcess = spawn(kubectlPath(), ['--kubeconfig', c.kubeconfig, 'proxy', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: tmpdir(), LANG: 'C' },
  });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (part: Buffer) => (printed += part.toString()));
  const ended = new Promise(resolve => child.once('exit', resolve));
  try {
    await use(() => printed);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

const versionsIn = (text: string): unknown => at(JSON.parse(text), 'versions');

area('kubectl', () => {
  conformance(
    '[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions [Conformance]',
    async c => {
      const lines = (await succeeds(c, ['api-versions'])).split('\n');
      assert.ok(lines.includes('v1'), 'v1 is among the versions');
    },
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info [Conformance]',
    async c => {
      const text = await succeeds(c, ['cluster-info']);
      assert.match(text, /Kubernetes control plane/, 'the control plane is told of');
      assert.match(text, /is running at/, 'and that it runs');
    },
  );

  conformance('[sig-cli] Kubectl client Kubectl version should check is all data is printed [Conformance]', async c => {
    const versions: unknown = JSON.parse(await succeeds(c, ['version', '-o', 'json']));
    for (const side of ['clientVersion', 'serverVersion']) {
      for (const part of ['major', 'minor', 'gitVersion', 'buildDate', 'goVersion', 'platform'])
        assert.ok(at(versions, side, part), `${side} has ${part}`);
      // Empty where a build does not know it.
      assert.equal(typeof at(versions, side, 'gitCommit'), 'string', `${side} has gitCommit`);
    }
  });

  conformance(
    '[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never [Conformance]',
    async c => {
      const { client, namespace } = c;
      await succeeds(c, ['-n', namespace, 'run', 'it', '--restart=Never', `--image=${first}`]);
      const pod = await client.get<Thing>(pods, 'it', { namespace });
      assert.equal(at(pod, 'spec', 'containers', 0, 'image'), first, 'there is a pod with the image');
      assert.equal(at(pod, 'spec', 'containers', 1), undefined, 'in its one container');
      assert.equal(at(pod, 'spec', 'restartPolicy'), 'Never', 'that does not start again');
    },
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods [Conformance]',
    async c => {
      const { client, namespace } = c;
      await succeeds(c, ['-n', namespace, 'run', 'it', `--image=${first}`, '--labels=run=it']);
      const pod = await client.get<Thing>(pods, 'it', { namespace });
      assert.equal(at(pod, 'spec', 'containers', 0, 'image'), first, 'the pod has the image');
      const patch = JSON.stringify({ spec: { containers: [{ name: 'it', image: second }] } });
      const text = await succeeds(c, ['-n', namespace, 'patch', 'pod', 'it', '-p', patch, '--dry-run=server']);
      assert.match(text, /patched/, 'the server says that it is patched');
      const after = await client.get<Thing>(pods, 'it', { namespace });
      assert.equal(at(after, 'spec', 'containers', 0, 'image'), first, 'and the image has not changed');
    },
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments [Conformance]',
    async c => {
      const deployment = (image: string) =>
        JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', ...workloadOf('it', 1, { container: { image } }) });
      await succeeds(c, ['-n', c.namespace, 'create', '-f', '-'], deployment(first));
      await eventually('the deployment is there', () => c.client.get(deployments, 'it', { namespace: c.namespace }));
      const { code, stdout } = await c.kubectl(['-n', c.namespace, 'diff', '-f', '-'], deployment(second));
      assert.equal(code, 1, 'there is a difference');
      for (const image of [first, second]) assert.ok(stdout.includes(image), `which tells of ${image}`);
    },
  );

  conformance('[sig-cli] Kubectl client Proxy server should support proxy with --port 0 [Conformance]', c =>
    withProxy(c, ['--port=0'], async printed => {
      const port = await eventually(
        'it says on which port it is',
        async () => Number(/Starting to serve on .*?:(\d+)/.exec(printed())?.[1] ?? 0) || undefined,
      );
      const text = await eventually('it answers', () => askProxy({ host: '127.0.0.1', port }));
      assert.deepEqual(versionsIn(text), ['v1'], 'with the versions of the API');
    }),
  );

  conformance('[sig-cli] Kubectl client Proxy server should support --unix-socket=/path [Conformance]', async c => {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-conformance-proxy-'));
    c.atEnd(async () => rmSync(folder, { recursive: true, force: true }));
    const socketPath = join(folder, 'socket');
    await withProxy(c, [`--unix-socket=${socketPath}`], async () => {
      const text = await eventually('it answers', () => askProxy({ socketPath }));
      assert.deepEqual(versionsIn(text), ['v1'], 'with the versions of the API');
    });
  });
});
