/** Informers and watches of the library. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { between } from './support/between.ts';
import { area, eventually, session, type Session } from './support/session.ts';

type Followed = k8s.Informer<k8s.V1ConfigMap> & k8s.ObjectCache<k8s.V1ConfigMap>;

/** ConfigMaps with this label are the tests' own; a namespace has others. */
const selector = 'clients=yes';

const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = { clients: 'yes' }) => ({
  metadata: { name, labels },
  data,
});

/** An informer, what it was told, and its end with the test. A broken one is started again, as the library's manual wants. */
async function follow({ config, namespace, core, atEnd }: Session, labelSelector?: string) {
  const told: string[] = [];
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const list = () =>
    config.makeApiClient(k8s.CoreV1Api).listNamespacedConfigMap({ namespace, ...(labelSelector && { labelSelector }) });
  const informer: Followed = k8s.makeInformer(config, path, list, labelSelector);
  for (const verb of [k8s.ADD, k8s.UPDATE, k8s.DELETE] as const)
    informer.on(verb, object => told.push(`${verb} ${object.metadata!.name} ${object.data?.['a'] ?? ''}`.trim()));
  let errors = 0;
  let stopped = false;
  informer.on(k8s.ERROR, () => {
    errors++;
    void sleep(20).then(() => (stopped ? undefined : informer.start()));
  });
  atEnd(() => ((stopped = true), informer.stop()));
  await informer.start();
  const hear = (line: string) => eventually(`hears «${line}», of ${told.join(', ')}`, async () => told.includes(line));
  return { informer, told, hear, errors: () => errors, core };
}

area('informers', () => {
  session('tell of what is there, comes, changes and goes, and keep it', async s => {
    const { core, namespace } = s;
    await core.createNamespacedConfigMap({ namespace, body: map('first', { a: '1' }) });
    const { informer, told, hear } = await follow(s, selector);
    await hear('add first 1');
    await core.createNamespacedConfigMap({ namespace, body: map('second', { a: '2' }) });
    await hear('add second 2');
    await core.replaceNamespacedConfigMap({ name: 'second', namespace, body: map('second', { a: '3' }) });
    await hear('update second 3');
    assert.equal(informer.get('second', namespace)?.data?.['a'], '3');
    await core.deleteNamespacedConfigMap({ name: 'first', namespace });
    await hear('delete first 1');
    assert.deepEqual(told, ['add first 1', 'add second 2', 'update second 3', 'delete first 1']);
    assert.deepEqual(
      informer.list(namespace).map(({ metadata }) => metadata!.name),
      ['second'],
    );
  });

  session('with a selector see an object enter and leave', async s => {
    const { core, namespace } = s;
    await core.createNamespacedConfigMap({ namespace, body: map('other', {}, {}) });
    const { informer, told, hear } = await follow(s, selector);
    const label = (value: string | null) =>
      core.patchNamespacedConfigMap(
        { name: 'other', namespace, body: { metadata: { labels: { clients: value } } } },
        k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
      );
    await label('yes');
    await hear('add other');
    await label(null);
    await hear('delete other');
    assert.deepEqual(told, ['add other', 'delete other']);
    assert.equal(informer.get('other', namespace), undefined);
  });

  session('go on where they were when the connection is cut: nothing twice, nothing missed', async s => {
    const { core, namespace } = s;
    const way = await between(s.config);
    s.atEnd(() => way.close());
    const { told, hear } = await follow({ ...s, config: way.config }, selector);
    await core.createNamespacedConfigMap({ namespace, body: map('before') });
    await hear('add before');
    await eventually('the watch is open', async () => way.watches === 1);
    way.cut();
    await core.createNamespacedConfigMap({ namespace, body: map('meanwhile') });
    await hear('add meanwhile');
    await core.deleteNamespacedConfigMap({ name: 'before', namespace });
    await hear('delete before');
    assert.deepEqual(told, ['add before', 'add meanwhile', 'delete before']);
    const lists = way.requests.filter(target => !target.includes('watch='));
    assert.equal(lists.length, 1, 'a cut connection makes no new list');
  });

  session('list anew after 410, and tell the difference', async s => {
    const { core, namespace } = s;
    const way = await between(s.config);
    s.atEnd(() => way.close());
    await core.createNamespacedConfigMap({ namespace, body: map('goes') });
    await core.createNamespacedConfigMap({ namespace, body: map('stays') });
    const { told, hear, informer } = await follow({ ...s, config: way.config }, selector);
    await eventually('the watch is open', async () => way.watches === 1);
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
    way.answerNextWatch({ type: 'ERROR', object: { ...status, metadata: {}, message: 'too old resource version' } });
    way.cut();
    await core.deleteNamespacedConfigMap({ name: 'goes', namespace });
    await core.createNamespacedConfigMap({ namespace, body: map('comes') });
    await hear('delete goes');
    await hear('add comes');
    assert.deepEqual(told.toSorted(), ['add comes', 'add goes', 'add stays', 'delete goes']);
    assert.deepEqual(
      informer
        .list()
        .map(({ metadata }) => metadata!.name)
        .toSorted(),
      ['comes', 'stays'],
    );
    assert.equal(way.requests.filter(target => !target.includes('watch=')).length, 2);
  });
});

interface Heard {
  readonly type: string;
  readonly object: k8s.V1ConfigMap & k8s.V1Status;
}

/** A watch, what it hears, and how it ended. */
async function watch({ config, namespace }: Session, query: Record<string, string | boolean | number>) {
  const events: Heard[] = [];
  const ended = Promise.withResolvers<unknown>();
  const controller = await new k8s.Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { labelSelector: selector, ...query },
    (type, object: Heard['object']) => events.push({ type, object }),
    error => ended.resolve(error),
  );
  const until = (type: string, name = '') =>
    eventually(`${type} ${name}`, async () =>
      events.find(event => event.type === type && (name === '' || event.object.metadata?.name === name)),
    );
  return { events, until, ended: ended.promise, stop: () => controller.abort() };
}

area('watches', () => {
  session('begin with what is there, mark its end, and resume from the mark', async s => {
    const { core, namespace } = s;
    await core.createNamespacedConfigMap({ namespace, body: map('old') });
    const streaming = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };
    const first = await watch(s, streaming);
    const { object: mark } = await first.until('BOOKMARK');
    assert.equal(mark.metadata!.annotations!['k8s.io/initial-events-end'], 'true');
    assert.deepEqual(
      first.events.map(({ type, object }) => `${type} ${object.metadata!.name ?? ''}`.trim()),
      ['ADDED old', 'BOOKMARK'],
    );
    first.stop();
    await first.ended;
    await core.createNamespacedConfigMap({ namespace, body: map('new') });
    await core.deleteNamespacedConfigMap({ name: 'old', namespace });
    const second = await watch(s, { resourceVersion: mark.metadata!.resourceVersion! });
    await second.until('DELETED', 'old');
    assert.deepEqual(
      second.events.map(({ type, object }) => `${type} ${object.metadata!.name}`),
      ['ADDED new', 'DELETED old'],
    );
    second.stop();
    await second.ended;
  });

  session('end by themselves at their timeout, without an error', async s => {
    const { ended } = await watch(s, { timeoutSeconds: 1 });
    assert.equal(await ended, null);
  });

  session('of a revision that is none are refused', async s => {
    const { ended, events } = await watch(s, { resourceVersion: 'nonsense' });
    assert.ok(((await ended) as { statusCode: number }).statusCode >= 400);
    assert.deepEqual(events, []);
  });
});
