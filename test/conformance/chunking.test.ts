/** Lists in chunks, also when the past that they read is gone. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import type { KubeList } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { area, conformance, type Case, type Thing } from './support/suite.ts';
import { image } from './support/workloads.ts';

const { configmaps, podtemplates } = resources;
const total = 400;

async function createMany({ client, namespace }: Case): Promise<void> {
  const spec = { containers: [{ name: 'c', image }] };
  for (let start = 0; start < total; start += 20) {
    const names = Array.from({ length: 20 }, (_, index) => `template-${String(start + index).padStart(4, '0')}`);
    await Promise.all(
      names.map(name =>
        client.create(podtemplates, { metadata: { name }, template: { metadata: {}, spec } } as Thing, { namespace }),
      ),
    );
  }
}

/** The page is no larger than asked for, and says how much is left of all. */
function checkPage({ items, metadata }: KubeList, before: number, limit: number): void {
  assert.ok(items.length <= limit, 'a chunk is no larger than the limit');
  const left = total - before - items.length;
  if (metadata.continue) assert.equal(metadata.remainingItemCount, left, 'it says how many remain');
  else {
    assert.equal(left, 0, 'the last chunk completes the list');
    assert.equal(metadata.remainingItemCount, undefined, 'and says nothing of what remains');
  }
}

/** Follows the token to the end and returns the names. */
async function rest({ client, namespace }: Case, first: KubeList, before: number, limit: number): Promise<string[]> {
  const names = first.items.map(({ metadata }) => metadata.name!);
  let page = first;
  checkPage(page, before, limit);
  while (page.metadata.continue) {
    const next = await client.list(podtemplates, { namespace, limit, continue: page.metadata.continue });
    assert.equal(next.metadata.resourceVersion, page.metadata.resourceVersion, 'every chunk is of the same revision');
    checkPage(next, before + names.length, limit);
    names.push(...next.items.map(({ metadata }) => metadata.name!));
    page = next;
  }
  return names;
}

area('chunking', () => {
  conformance(
    '[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls [Conformance]',
    async c => {
      await createMany(c);
      const { client, namespace } = c;
      for (const limit of [33, 150]) {
        const first = await client.list(podtemplates, { namespace, limit });
        const names = await rest(c, first, 0, limit);
        assert.deepEqual(names, names.toSorted(), 'the chunks are in order');
        assert.equal(new Set(names).size, total, 'together they have everything once');
      }
      const whole = await client.list(podtemplates, { namespace });
      assert.equal(whole.items.length, total, 'without a limit all come in one answer');
      assert.equal(whole.metadata.continue, undefined, 'which is complete');
    },
  );

  conformance(
    '[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow] [Conformance]',
    async c => {
      await createMany(c);
      const { client, namespace } = c;
      const limit = 40;
      const first = await client.list(podtemplates, { namespace, limit });
      checkPage(first, 0, limit);
      const again = await expired(c, first.metadata.continue!, limit);
      const second = await client.list(podtemplates, { namespace, limit, continue: again });
      assert.notEqual(
        second.metadata.resourceVersion,
        first.metadata.resourceVersion,
        'the new token reads the newest revision',
      );
      const names = [...first.items.map(({ metadata }) => metadata.name!), ...(await rest(c, second, limit, limit))];
      assert.equal(new Set(names).size, total, 'and goes on after the last key');
    },
  );
});

/**
 * Waits until the token is refused for its age, and gives the one that is offered instead. Servers forget by time, or sooner when much is
 * written: so some is.
 */
async function expired({ client, namespace }: Case, token: string, limit: number): Promise<string> {
  const deadline = Date.now() + 600_000;
  const filler = { metadata: { name: 'filler' }, data: { text: '' } };
  await client.create(configmaps, filler, { namespace });
  for (let round = 0; Date.now() < deadline; round++) {
    try {
      await client.list(podtemplates, { namespace, limit, continue: token });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      assert.deepEqual([error.code, error.reason], [410, 'Expired'], 'a token that is too old is refused as such');
      const { continue: offered } = (await answerOf(client, namespace, limit, token)).metadata;
      assert.ok(offered, 'and another one is offered that goes on with what is there now');
      return offered;
    }
    if (round < 20) {
      for (let write = 0; write < 5; write++) {
        const text = String.fromCharCode(97 + ((round + write) % 26)).repeat(1_000_000);
        await client.update(configmaps, { ...filler, data: { text } } as Thing, { namespace });
      }
    } else await sleep(5000);
  }
  return assert.fail('the token is good for ten minutes and more');
}

/** The refusal as it is on the wire: its metadata have the token. */
async function answerOf(client: Case['client'], namespace: string, limit: number, token: string) {
  const query = new URLSearchParams({ limit: String(limit), continue: token });
  const response = await client.raw('GET', `/api/v1/namespaces/${namespace}/podtemplates?${query.toString()}`, {
    headers: { accept: 'application/json' },
  });
  const text = new TextDecoder().decode(await readBody(response.body));
  return JSON.parse(text) as { metadata: { continue?: string } };
}
