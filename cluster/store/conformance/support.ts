/** What the suite's cases share: the store under test, short forms of operations, and a watch that writes down what it hears. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Operation, Store, StoreEvent, WatchBatch } from '../types.ts';

/** A store under test, empty, and its time. */
export interface StoreFixture {
  readonly store: Store;
  /** The store's wall clock, milliseconds since the epoch. */
  now(): number;
  /** Lets that much time pass for the store. */
  advance(byMs: number): Promise<void> | void;
}

/** Opens an empty store, and arranges through `t.after` that what it left is removed. The store itself is closed by the suite. */
export type OpenStore = (t: TestContext) => Promise<StoreFixture> | StoreFixture;

const bytes = (text: string): Uint8Array => Buffer.from(text);
export const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();
export const put = (key: string, value = key, expiresAtMs?: number): Operation => ({
  type: 'put',
  key,
  head: `head of ${value}`,
  value: bytes(value),
  expiresAtMs,
});
export const remove = (key: string): Operation => ({ type: 'delete', key });

export async function commit(store: Store, ...operations: Operation[]): Promise<number> {
  const result = await store.commit({ compare: [], operations });
  assert.ok(result.committed);
  return result.revision;
}

const told = (event: StoreEvent): string =>
  `${event.type} ${event.key}=${text(event.entry.value)}${event.type === 'put' && event.previous ? ` was ${text(event.previous.value)}` : ''}`;

/** A watch that writes down what it hears; progress alone is left out. */
export function record(
  store: Store,
  prefix: string,
  after?: number,
): { heard: string[]; batches: WatchBatch[]; close(): void } {
  const heard: string[] = [];
  const batches: WatchBatch[] = [];
  const watch = store.watch({ prefix, after }, batch => {
    if (batch.events.length === 0) return;
    batches.push(batch);
    heard.push(`${batch.revision}: ${batch.events.map(told).join(', ')}`);
  });
  return { heard, batches, close: () => watch.close() };
}

/** Waits for what a store may deliver soon after: real turns of the event loop and of the store's clock. */
export async function settled(fixture: StoreFixture): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await fixture.advance(1);
    await new Promise(resolve => setImmediate(resolve));
  }
}

type Case = (fixture: StoreFixture, store: Store) => Promise<void>;
export type Cases = Readonly<Record<string, Case>>;

/** The keys of a range, in its order. */
export const keys = (result: { entries: readonly { key: string }[] }): string[] =>
  result.entries.map(entry => entry.key);
