/** Concurrent writers, readers and watchers over HTTPS, which go on when the server is back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chunksOf, readBody } from '@orrery/http';
import type { SocketTransport } from '@orrery/client/node';
import type { Random } from '@orrery/machinery/random';
import type { Ask } from '../checker/history.ts';
import { collection, isOurs, labelOf, names, objectOf, valueOf, versionOf, type ConfigMap } from './objects.ts';
import type { OpenWatch, Recorder } from './recorder.ts';

export interface World {
  readonly recorder: Recorder;
  readonly random: Random;
  /** Waits until a server answers and the watch of everything hears it; undefined when all is over. */
  connection(): Promise<SocketTransport | undefined>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request without an answer after this time counts as cut off. */
const patienceMs = 20_000;

export async function ask(
  transport: SocketTransport,
  method: string,
  target: string,
  body?: unknown,
  type = 'application/json',
): Promise<Answer> {
  const response = await transport({
    method,
    target,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': type }) },
    body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
    signal: AbortSignal.timeout(patienceMs),
  });
  const bytes = await readBody(response.body);
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(bytes)) as unknown };
}

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.float() * items.length)]!;

/** Goes on until the world ends; what fails because the server is gone is tried no more. */
async function loop(world: World, step: (transport: SocketTransport, number: number) => Promise<void>): Promise<void> {
  for (let number = 0; ; number++) {
    const transport = await world.connection();
    if (!transport) return;
    await step(transport, number);
  }
}

export function writer(world: World, client: string): Promise<void> {
  const { recorder, random } = world;
  return loop(world, async (transport, number) => {
    const name = pick(random, names);
    const value = `${pick(random, ['x', 'y'])}${client}.${number}`;
    const known = recorder.known(name);
    const draw = random.float();
    const target = `${collection}/${name}`;
    let request: [ask: Ask, method: string, target: string, body?: unknown, type?: string];
    if (known === 0 || draw < 0.1)
      request = [{ type: 'put', value, expected: 0 }, 'POST', collection, objectOf(name, value)];
    else if (draw < 0.6)
      request = [{ type: 'put', value, expected: known }, 'PUT', target, objectOf(name, value, known)];
    else if (draw < 0.8) {
      const patch = ['PATCH', target, objectOf(name, value), 'application/merge-patch+json'] as const;
      request = [{ type: 'put', value, exists: true }, ...patch];
    } else if (draw < 0.9) {
      const preconditions = { resourceVersion: String(known) };
      request = [{ type: 'delete', expected: known }, 'DELETE', target, { preconditions }];
    } else request = [{ type: 'delete' }, 'DELETE', target];
    await write(recorder, transport, client, name, request);
  });
}

/** One write, and what became of it. */
export async function write(
  recorder: Recorder,
  transport: SocketTransport,
  client: string,
  name: string,
  [asked, ...request]: [asked: Ask, method: string, target: string, body?: unknown, type?: string],
): Promise<void> {
  const calledAt = recorder.now();
  try {
    const { status, body } = await ask(transport, ...request);
    if (status === 200 || status === 201) {
      const revision = asked.type === 'put' ? Number((body as ConfigMap).metadata.resourceVersion) : undefined;
      recorder.operation(client, name, asked, calledAt, { type: 'done', revision });
      recorder.saw(name, asked.type === 'put' ? versionOf(body as ConfigMap) : undefined);
    } else if (status === 404 || status === 409) {
      recorder.operation(client, name, asked, calledAt, { type: 'refused' });
      if (status === 404) recorder.saw(name, undefined);
    } else {
      // The server says that it failed: it may have done it all the same.
      recorder.operation(client, name, asked, calledAt, { type: 'unknown' });
      if (status < 500 && status !== 429) recorder.findings.push(`${client}: ${status} ${JSON.stringify(body)}`);
    }
  } catch {
    recorder.operation(client, name, asked, calledAt, { type: 'unknown' });
    await sleep(20);
  }
}

export function reader(world: World, client: string): Promise<void> {
  const { recorder, random } = world;
  return loop(world, async transport => {
    const calledAt = recorder.now();
    const name = pick(random, names);
    try {
      if (random.float() < 0.5) {
        const { status, body } = await ask(transport, 'GET', `${collection}/${name}`);
        const version = status === 200 ? versionOf(body as ConfigMap) : undefined;
        if (status !== 200 && status !== 404) return;
        recorder.operation(client, name, { type: 'read' }, calledAt, { type: 'version', version });
        recorder.saw(name, version);
      } else {
        await list(recorder, transport, client, random.float() < 0.3 ? 3 : 0);
      }
    } catch {
      // The server went away: nothing was learned.
    }
  });
}

/** Lists, perhaps in pages, and records it as one read. Returns its revision. */
export async function list(
  recorder: Recorder,
  transport: SocketTransport,
  client: string,
  limit = 0,
): Promise<number | undefined> {
  const calledAt = recorder.now();
  const seen = new Map<string, ReturnType<typeof versionOf>>();
  let revision = 0;
  // Where the first page was made is what the rest is consistent with, so only it is held to be fresh.
  let next = '';
  do {
    const { status, body } = await ask(
      transport,
      'GET',
      `${collection}?limit=${limit}&continue=${encodeURIComponent(next)}`,
    );
    if (status !== 200) return undefined;
    const page = body as { metadata: { resourceVersion: string; continue?: string }; items: ConfigMap[] };
    revision ||= Number(page.metadata.resourceVersion);
    if (Number(page.metadata.resourceVersion) !== revision)
      recorder.findings.push(`${client}: a page of ${revision} is of ${page.metadata.resourceVersion}`);
    for (const item of page.items.filter(isOurs)) seen.set(item.metadata.name, versionOf(item));
    next = page.metadata.continue ?? '';
  } while (next !== '');
  recorder.reads.push({ client, prefix: 'r-', revision, seen, calledAt, answeredAt: recorder.now(), past: false });
  return revision;
}

/** A frame of a watch. */
export interface Frame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ConfigMap & { readonly code?: number; readonly metadata: { readonly annotations?: object } };
}

/** Follows a watch until it ends or the listener says so; what it rejects with says why. */
export async function follow(
  transport: SocketTransport,
  query: string,
  signal: AbortSignal,
  hear: (frame: Frame) => boolean | void,
): Promise<void> {
  const target = `${collection}?watch=true&${query}`;
  const response = await transport({ method: 'GET', target, headers: {}, body: new Uint8Array(), signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunksOf(response.body)) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop()!;
    for (const line of lines) if (line !== '' && hear(JSON.parse(line) as Frame) === false) return;
  }
}

/** Writes an event down as the checkers have it. */
export function note(record: OpenWatch, { type, object }: Frame): void {
  const revision = Number(object.metadata.resourceVersion);
  if (type === 'BOOKMARK') record.answers.push({ revision, events: [] });
  else if (isOurs(object)) {
    const value = type === 'DELETED' ? undefined : valueOf(object);
    const kind = type === 'DELETED' ? 'delete' : 'put';
    record.answers.push({ revision, events: [{ type: kind, key: object.metadata.name, revision, value }] });
  }
}

export type WatchStyle = 'all' | 'selected' | 'initial';

/** A watch that is begun again where it ended, as an informer does. */
export function watcher(world: World, client: string, style: WatchStyle): Promise<void> {
  const { recorder, random } = world;
  let after: number | undefined;
  const selects = style === 'selected' ? (value: string) => labelOf(value) === 'x' : undefined;
  return loop(world, async transport => {
    try {
      if (style === 'initial') return await watchList(world, transport, client);
      after ??= await list(recorder, transport, client);
      if (after === undefined) return;
      const record: OpenWatch = { client, prefix: 'r-', after, answers: [], ...(selects && { selects }) };
      recorder.watches.push(record);
      const query = `resourceVersion=${after}&allowWatchBookmarks=true${selects ? '&labelSelector=kind%3Dx' : ''}`;
      // Now and then it leaves by itself.
      const signal = AbortSignal.timeout(Math.round(200 + random.float() * 3000));
      const resume = () => (after = Math.max(after!, record.answers.at(-1)?.revision ?? 0));
      await follow(transport, query, signal, frame => {
        if (frame.type !== 'ERROR') return note(record, frame);
        // Only what is too old may be refused.
        if (frame.object.code !== 410) recorder.findings.push(`${client}: ${JSON.stringify(frame.object)}`);
        record.answers.length = 0;
        after = undefined;
        return false;
      }).finally(() => after !== undefined && resume());
    } catch (error) {
      // Cut off by the end of the server, or left by itself; a mistake of the test is none of these.
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      await sleep(5);
    }
  });
}

/** What is there comes first, as events, and a bookmark ends it: a read, and a watch after it. */
async function watchList({ recorder, random }: World, transport: SocketTransport, client: string): Promise<void> {
  const calledAt = recorder.now();
  const seen = new Map<string, ReturnType<typeof versionOf>>();
  let record: OpenWatch | undefined;
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  await follow(transport, query, AbortSignal.timeout(Math.round(100 + random.float() * 1500)), frame => {
    if (record) return note(record, frame);
    if (frame.type !== 'BOOKMARK') {
      if (isOurs(frame.object)) seen.set(frame.object.metadata.name, versionOf(frame.object));
      return;
    }
    const revision = Number(frame.object.metadata.resourceVersion);
    const answeredAt = recorder.now();
    recorder.reads.push({ client, prefix: 'r-', revision, seen, calledAt, answeredAt, past: false });
    record = { client, prefix: 'r-', after: revision, answers: [] };
    recorder.watches.push(record);
  });
}
