import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStream } from '@orrery/http';
import type { Sink } from '@orrery/http';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { admin, at, startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import { maxQueuedBytes } from './hub.ts';

const maps = '/api/v1/namespaces/a/configmaps';
const map = (name: string, labels: Record<string, string> = {}, data: Record<string, string> = {}) => ({
  metadata: { name, labels },
  data,
});
const patch = (server: TestServer, name: string, body: unknown) =>
  server.call('PATCH', `${maps}/${name}`, { body, headers: { 'content-type': 'application/merge-patch+json' } });

type Events = AsyncGenerator<{ type: string; object: Record<string, unknown> }>;
const next = async (events: Events): Promise<string> => {
  const { value, done } = await events.next();
  if (done) return 'end';
  return `${value.type} ${String(at(value.object, 'metadata', 'name') ?? at(value.object, 'reason') ?? '')}`.trim();
};

test('what is there, what was missed, what comes: in order, each once', async t => {
  const server = await startServer();
  t.after(server.close);
  const first = await server.create(maps, map('a'));
  await server.create(maps, map('b'));
  const fromStart = server.watch(`${maps}?watch=1&resourceVersion=0`);
  assert.equal(await next(fromStart), 'ADDED a');
  assert.equal(await next(fromStart), 'ADDED b');
  const version = String(at(first.body, 'metadata', 'resourceVersion'));
  const fromVersion = server.watch(`${maps}?watch=1&resourceVersion=${version}`);
  assert.equal(await next(fromVersion), 'ADDED b');
  await patch(server, 'a', { data: { x: '1' } });
  await server.call('DELETE', `${maps}/b`);
  for (const events of [fromStart, fromVersion]) {
    assert.equal(await next(events), 'MODIFIED a');
    const gone = (await events.next()).value!;
    assert.equal(gone.type, 'DELETED');
    // The version of a deleted object is that of its deletion.
    assert.ok(Number(at(gone.object, 'metadata', 'resourceVersion')) > Number(version) + 2);
    await events.return(undefined);
  }
});

test('an object enters and leaves a selector', async t => {
  const server = await startServer();
  t.after(server.close);
  await server.create(maps, map('a', { w: 'y' }));
  const events = server.watch(`${maps}?watch=1&resourceVersion=0&labelSelector=w%3Dy`);
  assert.equal(await next(events), 'ADDED a');
  await patch(server, 'a', { data: { a: '1' } });
  assert.equal(await next(events), 'MODIFIED a');
  await patch(server, 'a', { metadata: { labels: { w: 'n' } } });
  const left = (await events.next()).value!;
  assert.equal(left.type, 'DELETED');
  assert.equal(at(left.object, 'metadata', 'labels', 'w'), 'y', 'as it was while it was selected');
  await patch(server, 'a', { data: { a: '2' } });
  await patch(server, 'a', { metadata: { labels: { w: 'y' } } });
  assert.equal(await next(events), 'ADDED a');
  await events.return(undefined);
});

test('initial events end with an annotated bookmark', async t => {
  const server = await startServer();
  t.after(server.close);
  await server.create(maps, map('a'));
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const events = server.watch(`${maps}?${query}`);
  assert.equal(await next(events), 'ADDED a');
  const mark = (await events.next()).value!;
  assert.equal(mark.type, 'BOOKMARK');
  assert.deepEqual(at(mark.object, 'metadata', 'annotations'), { 'k8s.io/initial-events-end': 'true' });
  await events.return(undefined);
});

test('bookmarks come once a minute, and the watch ends after its timeout', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(server.close);
  const events = server.watch(`${maps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=90`);
  const first = next(events);
  await new Promise(resolve => setImmediate(resolve));
  await clock.advance(60_000);
  assert.equal(await first, 'BOOKMARK');
  await clock.advance(30_000);
  assert.equal(await next(events), 'end');
});

test('a version that is no longer kept is told as an ERROR event', async t => {
  const server = await startServer();
  t.after(server.close);
  for (const name of ['a', 'b', 'c']) await server.create(maps, map(name));
  await server.store.compact(server.store.revision());
  const events = server.watch(`${maps}?watch=1&resourceVersion=1`);
  const { value } = await events.next();
  assert.equal(value!.type, 'ERROR');
  assert.equal(at(value!.object, 'code'), 410);
  assert.equal(at(value!.object, 'reason'), 'Expired');
  assert.equal(await next(events), 'end');
});

test('watchers that start while others write see every change once', async t => {
  const server = await startServer();
  t.after(server.close);
  const writing = (async () => {
    for (let i = 0; i < 60; i++) await server.create(maps, map(`m${String(i).padStart(2, '0')}`));
    await server.create(maps, map('zz'));
  })();
  const follow = async (): Promise<string[]> => {
    const names: string[] = [];
    const listed = await server.get(maps);
    for (const item of listed.body.items as unknown[]) names.push(String(at(item, 'metadata', 'name')));
    if (names.at(-1) === 'zz') return names;
    const version = String(at(listed.body, 'metadata', 'resourceVersion'));
    for await (const event of server.watch(`${maps}?watch=1&resourceVersion=${version}`)) {
      names.push(String(at(event.object, 'metadata', 'name')));
      if (names.at(-1) === 'zz') return names;
    }
    return names;
  };
  const watchers = [];
  for (let i = 0; i < 8; i++) {
    watchers.push(follow());
    await new Promise(resolve => setImmediate(resolve));
  }
  await writing;
  const expected = Array.from({ length: 60 }, (_, i) => `m${String(i).padStart(2, '0')}`).concat('zz');
  for (const names of await Promise.all(watchers)) assert.deepEqual(names, expected);
});

test('a long history is told whole before what comes', async t => {
  const server = await startServer();
  t.after(server.close);
  const first = await server.create(maps, map('start'));
  const name = (i: number): string => `m${String(i).padStart(5, '0')}`;
  const history = Array.from({ length: 4500 }, (_, i) => name(i));
  await Promise.all(history.map(each => server.create(maps, map(each))));
  // Another watcher keeps the hub ahead of the one that reads the past.
  const ahead = server.watch(`${maps}?watch=1`);
  const version = String(at(first.body, 'metadata', 'resourceVersion'));
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const event of server.watch(`${maps}?watch=1&resourceVersion=${version}`)) {
      seen.push(at(event.object, 'metadata', 'name'));
      if (seen.at(-1) === 'zz') return;
    }
  })();
  const later = Array.from({ length: 50 }, (_, i) => name(10_000 + i));
  for (const each of later) await server.create(maps, map(each));
  await server.create(maps, map('zz'));
  await reading;
  await ahead.return(undefined);
  assert.deepEqual(seen, [...history, ...later, 'zz']);
});

test('a watcher that does not read is closed when it owes too much; others go on', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(server.close);
  const response = await server.server.handler({
    method: 'GET',
    target: `${maps}?watch=1`,
    headers: {},
    body: new Uint8Array(),
    signal: new AbortController().signal,
    user: admin,
  });
  assert.ok(isStream(response.body));
  let written = 0;
  let ended = false;
  const closes: (() => void)[] = [];
  const stuck: Sink = {
    write: chunk => ((written += chunk.length), false),
    end: () => {
      ended = true;
    },
    destroy: () => closes.forEach(callback => callback()),
    get queuedBytes() {
      return written;
    },
    closed: false,
    onDrain: () => {},
    onClose: callback => void closes.push(callback),
  };
  response.body.start(stuck);
  await new Promise(resolve => setImmediate(resolve));
  const events = server.watch(`${maps}?watch=1&resourceVersion=0`);
  const started = next(events);
  const big = 'x'.repeat(900_000);
  let made = 0;
  while (!ended) {
    await server.create(maps, map(`big${made++}`, {}, { big }));
    await clock.advance(10);
    assert.ok(made < 40, 'the watcher should have been closed by now');
  }
  const at0 = written;
  assert.ok(written > maxQueuedBytes && written < maxQueuedBytes + 2_000_000, 'bounded');
  await server.create(maps, map('after'));
  await clock.advance(10);
  assert.equal(written, at0, 'nothing more is queued');
  assert.equal(await started, 'ADDED big0');
  await events.return(undefined);
});

test('closing the server ends watches in order', async () => {
  const server = await startServer();
  const events = server.watch(`${maps}?watch=1`);
  const ended = next(events);
  await new Promise(resolve => setImmediate(resolve));
  await server.close();
  assert.equal(await ended, 'end');
});
