/** The kubelet's own API over TLS, with a simulated runtime and the real API server behind it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { connect, type SocketTransport } from '@orrery/client/node';
import { createClient } from '@orrery/client';
import { readBody } from '@orrery/http';
import { exitCodeOf, openPortForward, openRemoteCommand } from '@orrery/http/node';
import { createAuthority, type Pair } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { attributesOf, certificateUser } from './access.ts';
import { core, startTestNode, type TestNode } from '../testing.ts';

suite('access', () => {
  const rows: [string, string, string, string][] = [
    ['GET', '/containerLogs/a/b/c', 'get', 'proxy'],
    ['POST', '/exec/a/b/c', 'create', 'proxy'],
    ['GET', '/stats/summary', 'get', 'stats'],
    ['GET', '/metrics/resource', 'get', 'metrics'],
    ['GET', '/metricsx', 'get', 'proxy'],
    ['GET', '/healthz', 'get', 'healthz'],
    ['GET', '/pods', 'get', 'pods'],
  ];
  for (const [method, path, verb, subresource] of rows) {
    test(`${method} ${path}`, () => assert.deepEqual(attributesOf(method, path), { verb, subresource }));
  }
});

test('a taken port ends the start, and leaves nothing behind', async () => {
  const authority = await createAuthority();
  const serving = { ...(await authority.issue('n1')), clientCA: authority.cert, host: '127.0.0.1' };
  const first = await startTestNode({ node: { serving, kubeletPort: 0 } });
  try {
    const taken = startTestNode({ node: { serving, kubeletPort: first.agent.port } });
    await assert.rejects(taken, { code: 'EADDRINUSE' });
  } finally {
    await first.close();
  }
});

suite('kubelet API', () => {
  let node: TestNode;
  let allowed: SocketTransport;
  let stranger: SocketTransport;
  let nobody: SocketTransport;

  const connectTo = (port: number, ca: string, pair?: Pair): SocketTransport =>
    connect({ server: `https://127.0.0.1:${port}`, ca, clock: systemClock, ...pair });

  before(async () => {
    const authority = await createAuthority();
    const other = await createAuthority();
    const serving = await authority.issue('n1');
    const master = await authority.issue('kube-apiserver-kubelet-client,O=system:masters');
    node = await startTestNode({
      node: { serving: { ...serving, clientCA: authority.cert, host: '127.0.0.1' }, kubeletPort: 0 },
      runtime: { execSync: (_, command) => ({ exitCode: command[0] === 'true' ? 0 : 2, stdout: command.join('+') }) },
    });
    await node.createPod('web', { containers: [{ name: 'a', image: 'x:1' }] });
    const { port } = node.agent;
    allowed = connectTo(port, authority.cert, master);
    stranger = connectTo(port, authority.cert, await other.issue('kube-apiserver-kubelet-client,O=system:masters'));
    nobody = connectTo(port, authority.cert);
  });
  after(async () => {
    for (const transport of [allowed, stranger, nobody]) transport.close();
    await node.close();
  });

  const ask = async (transport: SocketTransport, target: string, method = 'GET', headers = {}) => {
    const signal = AbortSignal.timeout(10_000);
    const response = await transport({ method, target, headers, body: new Uint8Array(), signal });
    return { status: response.status, text: Buffer.from(await readBody(response.body)).toString() };
  };

  test('nobody without a certificate of ours, and no bearer of a made-up token', async () => {
    for (const target of ['/pods', '/healthz', '/containerLogs/default/web/a', '/nothing']) {
      assert.equal((await ask(nobody, target)).status, 401, target);
      assert.equal((await ask(stranger, target)).status, 401, target);
    }
    assert.notEqual((await ask(nobody, '/pods', 'GET', { authorization: 'Bearer made-up' })).status, 200);
  });

  test('certificates name users and groups', async () => {
    const authority = await createAuthority();
    const { cert } = await authority.issue('someone,O=a,O=b');
    const der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    assert.deepEqual(certificateUser(der), { name: 'someone', groups: ['a', 'b', 'system:authenticated'] });
  });

  test('pods, health, metrics, figures', async () => {
    assert.deepEqual(await ask(allowed, '/healthz'), { status: 200, text: 'ok' });
    const { items } = JSON.parse((await ask(allowed, '/pods')).text) as { items: { metadata: { name: string } }[] };
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['web'],
    );
    assert.match((await ask(allowed, '/metrics')).text, /kubelet_running_containers\{container_state="running"\} 1/);
    assert.match(
      (await ask(allowed, '/metrics/resource')).text,
      /pod_memory_working_set_bytes\{namespace="default",pod="web"\} 1048576/,
    );
    const summary = JSON.parse((await ask(allowed, '/stats/summary')).text) as {
      node: { nodeName: string };
      pods: { podRef: object }[];
    };
    assert.equal(summary.node.nodeName, 'n1');
    assert.equal(summary.pods.length, 1);
  });

  test('what is not there', async () => {
    const rows: [string, number, RegExp][] = [
      ['/containerLogs/default/none/a', 404, /pod does not exist/],
      ['/containerLogs/default/web/none', 404, /container "none" not found in pod "web"/],
      ['/containerLogs/default/web/a?tailLines=-1', 400, /tailLines/],
      ['/containerLogs/default/web/a?previous=true', 400, /previous terminated container "a" in pod "web" not found/],
      ['/containerLogs/default/web', 404, /page not found/],
      ['/__proto__/default/web/a', 404, /page not found/],
      ['/exec/default/none/a?command=x&output=1', 404, /pod does not exist/],
    ];
    for (const [target, status, words] of rows) {
      const answer = await ask(allowed, target);
      assert.equal(answer.status, status, target);
      assert.match(answer.text, words);
    }
    assert.equal((await ask(allowed, '/pods', 'POST')).status, 405);
  });

  test('run answers with output, or says how it failed', async () => {
    assert.deepEqual(await ask(allowed, '/run/default/web/a?cmd=true%20x', 'POST'), { status: 200, text: 'true+x' });
    const failed = await ask(allowed, '/run/default/web/a?cmd=false', 'POST');
    assert.equal(failed.status, 500);
  });

  const collect = (source: {
    onData(take: (chunk: Uint8Array) => void): void;
    onEnd(done: () => void): void;
  }): Promise<string> =>
    new Promise(resolve => {
      let text = '';
      source.onData(chunk => (text += Buffer.from(chunk).toString()));
      source.onEnd(() => resolve(text));
    });

  test('exec carries output and exit code', async () => {
    const client = createClient(allowed);
    const target = '/exec/default/web/a?command=ls&command=-l&output=1&error=1';
    const { stream, protocol } = await client.upgrade('POST', target, ['v4.channel.k8s.io']);
    const streams = { stdin: false, stdout: true, stderr: true, tty: false };
    const command = openRemoteCommand(stream, { ...streams, protocol, clock: systemClock });
    const [out, error] = await Promise.all([collect(command.stdout!), collect(command.stderr!)]);
    assert.deepEqual([out, error], ['', 'ls -l: containers of a simulated node run no commands\n']);
    assert.equal(exitCodeOf(await command.status), 126);
  });

  test('exec without streams, and without an upgrade, is refused', async () => {
    assert.equal((await ask(allowed, '/exec/default/web/a?command=ls', 'POST')).status, 400);
    assert.equal((await ask(allowed, '/exec/default/web/a?command=ls&output=1', 'POST')).status, 400);
  });

  test('port-forward carries both directions', async () => {
    const client = createClient(allowed);
    const { stream } = await client.upgrade('POST', '/portForward/default/web', ['portforward.k8s.io']);
    const forwarding = openPortForward(stream, { clock: systemClock });
    const connection = forwarding.connect(8080);
    const answer = collect(connection.data);
    connection.data.write(Buffer.from('there and back'));
    connection.data.end();
    assert.equal(await answer, 'there and back');
    forwarding.close();
  });

  test('pods of other nodes are unknown', async () => {
    await node.client.create(core('pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'elsewhere', namespace: 'default' },
      spec: { nodeName: 'n2', containers: [{ name: 'a', image: 'x:1' }] },
    } as never);
    assert.equal((await ask(allowed, '/containerLogs/default/elsewhere/a')).status, 404);
  });
});
