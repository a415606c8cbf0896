/** The recorded answers of the real API server, replayed in process, managed fields and all. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chunksOf } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { securityParts } from './security.ts';
import { startServer } from './testing/server.ts';
import type { TestServer } from './testing/server.ts';

const directory = fileURLToPath(new URL('../../../shared/reference/kubernetes/recorded/', import.meta.url));

const files = ['protocol', 'defaults', 'tables', 'patch', 'validation', 'admission', 'crd'] as const;

/** Records that show what the recorded server had besides Kubernetes. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ['defaults-pod-satoken', 'its pods mount the certificate of a further authority'],
  ['defaults-review-ssrr', 'everybody may read its /.well-known'],
]);

interface Recording {
  id: string;
  controllers?: boolean;
  serial?: boolean;
  steps: RecordedStep[];
}

/** With `until` the replayer asks again until the answer is the recorded one, or `untilMs` are over. */
interface RecordedStep {
  method?: string;
  sleepMs?: number;
  watch?: number;
  until?: object;
  untilMs?: number;
}

interface Answer {
  status: number;
  raw: string[];
  headers: Record<string, string>;
  buf: Buffer;
}

interface Replayer {
  replay(client: unknown, record: Recording): Promise<{ step: number; path: string } | null>;
}

const header = (name: string, value: string | readonly string[]): string[] =>
  (typeof value === 'string' ? [value] : [...value]).flatMap(text => [name, text]);

/** What the replayer calls a connection: here the server's own handler. */
function connection(server: TestServer): unknown {
  const call = async (
    method: string,
    target: string,
    headers: Record<string, string | string[]>,
    body: Buffer | undefined,
    watch: number | undefined,
    timeoutMs = 30_000,
  ): Promise<Answer> => {
    const stop = new AbortController();
    const named = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]),
    );
    const given = { method, target, headers: named, body: body ?? new Uint8Array(), signal: stop.signal };
    const response = await server.server.handler(given);
    const timer = watch ? setTimeout(() => stop.abort(), timeoutMs) : undefined;
    const chunks: Uint8Array[] = [];
    let lines = 0;
    try {
      for await (const chunk of chunksOf(response.body, stop.signal)) {
        chunks.push(chunk);
        lines += Buffer.from(chunk).toString('latin1').split('\n').length - 1;
        if (watch && lines >= watch) break;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
    const answered = Object.entries(response.headers).filter(([, value]) => value !== undefined);
    return {
      status: response.status,
      raw: answered.flatMap(([name, value]) => header(name, value!)),
      headers: Object.fromEntries(answered.map(([name, value]) => [name, String(value)])),
      buf: Buffer.concat(chunks),
    };
  };
  return { call, token: 'admin', admin: 'admin' };
}

const read = (file: string): Recording[] =>
  readFileSync(`${directory}${file}.jsonl`, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Recording)
    .filter(record => record.controllers !== true)
    .map(patient);

/** Where the recording waited for a time, what comes then is asked until it is as recorded: a busy machine takes longer. */
function patient(record: Recording): Recording {
  const slept = record.steps.findIndex(({ sleepMs }) => sleepMs !== undefined);
  if (slept < 0) return record;
  const canRepeat = ({ method, watch, until }: RecordedStep) => method && !watch && !until;
  const steps = record.steps.map((step, at) =>
    at > slept && canRepeat(step) ? { ...step, until: {}, untilMs: 60_000 } : step,
  );
  return { ...record, steps };
}

async function fresh(): Promise<TestServer> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const parts = securityParts({
    serviceAccountKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    serviceCidrs: ['10.96.0.0/16'],
    securePort: 6443,
    storageProtection: true,
    staticTokens: new Map([['admin', { name: 'admin', groups: ['system:masters'] }]]),
  });
  // The time of day stands still: the answers were recorded when everything was 0s old, however busy this machine is.
  const now = systemClock.now();
  // A definition is read twice before it is named: timers wait, however busy this machine is.
  const after: Clock['after'] = (delayMs, callback) =>
    systemClock.after(delayMs < 100 ? delayMs * 20 : delayMs, callback);
  const server = await startServer({ parts, clock: { ...systemClock, now: () => now, after } });
  await server.server.ready;
  return server;
}

/** Runs all records, several at once as they are independent, and answers those that differ. */
async function failuresOf(file: string): Promise<string[]> {
  const { replay } = (await import(`${directory}replay.mjs`)) as Replayer;
  const server = await fresh();
  const client = connection(server);
  const failures: string[] = [];
  const run = async (record: Recording): Promise<void> => {
    const failure = await replay(client, record);
    if (failure) failures.push(`${record.id} step ${failure.step} ${failure.path}`);
  };
  const waiting = read(file);
  const serial = waiting.filter(record => record.serial);
  const others = waiting.filter(record => !record.serial);
  const work = async (): Promise<void> => {
    for (let record = others.shift(); record !== undefined; record = others.shift()) await run(record);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  for (const record of serial) await run(record);
  await server.close();
  return failures;
}

if (existsSync(directory)) {
  for (const file of files) {
    test(`recorded answers: ${file}`, async t => {
      const total = read(file).length;
      const failures = await failuresOf(file);
      t.diagnostic(`${file}: ${total - failures.length} of ${total} pass`);
      const unexpected = failures.filter(failure => !exceptions.has(failure.split(' ')[0]!));
      assert.deepEqual(unexpected, []);
    });
  }
} else if (process.env.CI) {
  test('recorded answers', () => assert.fail('../shared/reference/kubernetes/recorded is missing; CI must have it'));
} else {
  console.log('left out: recorded answers, ../shared/reference/kubernetes/recorded is not here');
}
