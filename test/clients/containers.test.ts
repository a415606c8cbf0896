/** What the library does with containers: it needs nodes that run them, and an image with busybox (`CLIENTS_IMAGE`). */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { area, eventually, refusal, session, type Session } from './support/session.ts';

const image = process.env.CLIENTS_IMAGE ?? 'busybox:1.35';

/** A pod of one container that runs a shell script, until it is ready (or over). */
async function run({ core, namespace }: Session, script: string, more: Partial<k8s.V1Container> = {}): Promise<string> {
  const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', script], ...more };
  const made = await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { generateName: 'clients-', labels: { app: 'clients' } },
      spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [container] },
    },
  });
  const name = made.metadata!.name!;
  await eventually('the pod runs', async () => {
    const { status } = await core.readNamespacedPod({ name, namespace });
    return ['Running', 'Succeeded'].includes(status!.phase!) && status!.conditions!.some(isReadyOrOver);
  });
  return name;
}

const isReadyOrOver = ({ type, status, reason }: k8s.V1PodCondition): boolean =>
  type === 'Ready' && (status === 'True' || reason === 'PodCompleted');

/** Collects what is written to it. */
class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Ended {
  readonly out: string;
  readonly errors: string;
  readonly status: k8s.V1Status;
}

/** A command in the pod's container, fed with `input`, to its end. */
async function exec({ config, namespace }: Session, pod: string, command: string[], input?: string): Promise<Ended> {
  const out = new Sink();
  const errors = new Sink();
  const ended = Promise.withResolvers<k8s.V1Status>();
  const stdin = input === undefined ? null : new PassThrough();
  const over = (status: k8s.V1Status) => ended.resolve(status);
  const socket = await new k8s.Exec(config).exec(namespace, pod, 'main', command, out, errors, stdin, false, over);
  socket.onclose = () => ended.reject(new Error('closed without a status'));
  stdin?.end(input);
  return { status: await ended.promise, out: out.text, errors: errors.text };
}

const exitCode = ({ details }: k8s.V1Status): string | undefined =>
  details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;

area('exec', () => {
  session('brings output and errors apart, and the exit code', async s => {
    const pod = await run(s, 'sleep 1000');
    const ok = await exec(s, pod, ['sh', '-c', 'echo to out; echo to err >&2']);
    assert.deepEqual([ok.out, ok.errors, ok.status.status], ['to out\n', 'to err\n', 'Success']);
    const failed = await exec(s, pod, ['sh', '-c', 'exit 42']);
    assert.deepEqual(
      [failed.status.status, failed.status.reason, exitCode(failed.status)],
      ['Failure', 'NonZeroExitCode', '42'],
    );
    const missing = await exec(s, pod, ['/no/such/program']);
    assert.equal(missing.status.status, 'Failure');
  });

  session('feeds what it is given, and says when that ends', async s => {
    const pod = await run(s, 'sleep 1000');
    const text = Array.from({ length: 20_000 }, (_, at) => `line ${at}`).join('\n');
    const { out, status } = await exec(s, pod, ['sh', '-c', 'cat; echo; echo over'], text);
    assert.equal(out, `${text}\nover\n`);
    assert.equal(status.status, 'Success');
  });

  session('with a terminal has the size of ours, and follows it', async s => {
    const pod = await run(s, 'sleep 1000');
    const screen = Object.assign(new Sink(), { rows: 31, columns: 117 });
    const keyboard = new PassThrough();
    const ended = Promise.withResolvers<k8s.V1Status>();
    await new k8s.Exec(s.config).exec(s.namespace, pod, 'main', ['sh'], screen, null, keyboard, true, ended.resolve);
    const type = (line: string) => keyboard.write(`${line}\n`);
    const sees = (text: string) => eventually(`the screen shows «${text}»`, async () => screen.text.includes(text));
    // The size comes beside the first keys: it is asked for until it is there.
    const size = (text: string) => eventually(text, async () => (type('stty size'), screen.text.includes(text)));
    type('tty && echo is a terminal');
    await sees('/dev/pts/');
    await size('31 117');
    Object.assign(screen, { rows: 12, columns: 34 });
    screen.emit('resize');
    await size('12 34');
    type('exit 3');
    assert.equal(exitCode(await ended.promise), '3');
  });
});

/** The library does not tell when a copy is there: whoever listens to what it writes to learns it. */
class Unpacking extends k8s.Exec {
  readonly over = Promise.withResolvers<void>();
  override exec(...args: Parameters<k8s.Exec['exec']>): ReturnType<k8s.Exec['exec']> {
    args[4]?.once('finish', () => this.over.resolve()).once('error', error => this.over.reject(error));
    return super.exec(...args);
  }
}

area('attach, forward, logs, copies', () => {
  session('attached, one hears what the first process says and it hears us', async s => {
    const pod = await run(s, 'while read line; do echo "heard $line"; done', { stdin: true });
    const out = new Sink();
    const input = new PassThrough();
    const socket = await new k8s.Attach(s.config).attach(s.namespace, pod, 'main', out, null, input, false);
    input.write('first\n');
    await eventually('the first is heard', async () => out.text.includes('heard first\n'));
    input.write('second\n');
    await eventually('the second is heard', async () => out.text.includes('heard second\n'));
    socket.close();
  });

  session('a port is forwarded, by pod, service and deployment', async s => {
    const { core, apps, namespace, config } = s;
    const serving = 'while true; do nc -l -p 8080 -e sh -c "read name; echo hello \\$name"; done';
    const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', serving] };
    const labels = { app: 'echo' };
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'echo' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } },
        },
      },
    });
    await core.createNamespacedService({
      namespace,
      body: { metadata: { name: 'echo' }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
    });
    await eventually(
      'it is there',
      async () => (await apps.readNamespacedDeployment({ name: 'echo', namespace })).status?.readyReplicas,
    );
    const [pod] = (await core.listNamespacedPod({ namespace, labelSelector: 'app=echo' })).items;
    const forward = new k8s.PortForward(config);
    type Forwarding = (output: Writable, input: PassThrough) => ReturnType<k8s.PortForward['portForward']>;
    const ways: Record<string, Forwarding> = {
      pod: (output, input) => forward.portForward(namespace, pod!.metadata!.name!, [8080], output, null, input),
      service: (output, input) => forward.portForwardService(namespace, 'echo', [8080], output, null, input),
      deployment: (output, input) => forward.portForwardDeployment(namespace, 'echo', [8080], output, null, input),
    };
    for (const [name, start] of Object.entries(ways)) {
      // Between two askers nobody listens for a moment.
      await eventually(`an answer by way of the ${name}`, async () => {
        const output = new Sink();
        const input = new PassThrough();
        const socket = await start(output, input);
        const closed = new Promise(resolve => ((socket as { onclose: unknown }).onclose = resolve));
        input.write(`${name}\n`);
        const answered = eventually('an answer', async () => output.text === `hello ${name}\n`);
        const won = await Promise.race([answered, closed.then(() => output.text === `hello ${name}\n`)]);
        answered.catch(() => {});
        (socket as { close(): void }).close();
        return won;
      });
    }
  });

  session('a log is read in parts, and followed to its end', async s => {
    const { core, namespace, config } = s;
    const pod = await run(s, 'echo one; echo two; read line; echo "then $line"', { stdin: true });
    const read = (options: object) => core.readNamespacedPodLog({ name: pod, namespace, ...options });
    await eventually('both lines are there', async () => (await read({})) === 'one\ntwo\n');
    assert.equal(await read({ tailLines: 1 }), 'two\n');
    assert.equal(await read({ limitBytes: 5 }), 'one\nt');
    assert.match(await read({ timestamps: true, tailLines: 1 }), /^\d{4}-\d\d-\d\dT\S+ two\n$/);
    assert.equal((await refusal(read({ container: 'none' }))).code, 400);
    const followed = new Sink();
    const over = new Promise(resolve => followed.once('finish', resolve));
    await new k8s.Log(config).log(namespace, pod, 'main', followed, { follow: true, tailLines: 1 });
    await eventually('the follower is there', async () => followed.text === 'two\n');
    const input = new PassThrough();
    const socket = await new k8s.Attach(config).attach(namespace, pod, 'main', null as never, null, input, false);
    input.write('three\n');
    await over;
    socket.close();
    assert.equal(followed.text, 'two\nthen three\n');
  });

  session('a file is copied there and back', async s => {
    const { config, namespace, atEnd } = s;
    const pod = await run(s, 'mkdir /tmp/in; sleep 1000');
    const folder = mkdtempSync(join(tmpdir(), 'orrery-clients-'));
    atEnd(() => rmSync(folder, { recursive: true }));
    const content = Array.from({ length: 5_000 }, (_, at) => `${at}`).join(' ');
    writeFileSync(join(folder, 'there.txt'), content);
    const copy = new k8s.Cp(config);
    await copy.cpToPod(namespace, pod, 'main', folder, '/tmp/in');
    await eventually('it is there', async () => (await exec(s, pod, ['cat', '/tmp/in/there.txt'])).out === content);
    const back = mkdtempSync(join(tmpdir(), 'orrery-clients-'));
    atEnd(() => rmSync(back, { recursive: true }));
    const unpacking = new Unpacking(config);
    await new k8s.Cp(config, unpacking).cpFromPod(namespace, pod, 'main', 'there.txt', back, '/tmp/in');
    await unpacking.over.promise;
    assert.equal(readFileSync(join(back, 'there.txt'), 'utf8'), content);
  });

  session('a web server in a pod answers through the proxies of pod and service', async s => {
    const { core, namespace } = s;
    const pod = await run(s, 'echo welcome >/tmp/index.html; httpd -f -p 8080 -h /tmp');
    await core.createNamespacedService({
      namespace,
      body: {
        metadata: { name: 'web' },
        spec: { selector: { app: 'clients' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      },
    });
    const path = 'index.html';
    await eventually(
      'the pod answers',
      async () =>
        (await core.connectGetNamespacedPodProxyWithPath({ name: `${pod}:8080`, namespace, path })) === 'welcome\n',
    );
    await eventually(
      'the service answers',
      async () =>
        (await core.connectGetNamespacedServiceProxyWithPath({ name: 'web:http', namespace, path })) === 'welcome\n',
    );
  });

  session('a pod is evicted unless a budget forbids', async s => {
    const { core, namespace, config } = s;
    const pod = await run(s, 'sleep 1000');
    const policy = config.makeApiClient(k8s.PolicyV1Api);
    const selector = { matchLabels: { app: 'clients' } };
    await policy.createNamespacedPodDisruptionBudget({
      namespace,
      body: { metadata: { name: 'keep' }, spec: { minAvailable: 1, selector } },
    });
    await eventually('the budget counts', async () => {
      const { status } = await policy.readNamespacedPodDisruptionBudget({ name: 'keep', namespace });
      return status?.currentHealthy === 1;
    });
    const evict = () =>
      core.createNamespacedPodEviction({ name: pod, namespace, body: { metadata: { name: pod, namespace } } });
    const refused = await refusal(evict());
    assert.deepEqual([refused.code, refused.reason], [429, 'TooManyRequests']);
    await policy.deleteNamespacedPodDisruptionBudget({ name: 'keep', namespace });
    await eventually('without it the pod goes', () => evict());
  });
});
