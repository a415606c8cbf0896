/** Tests of one area: each has a namespace of its own, asks over HTTPS alone, and takes away what it made. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client, type WatchEvent, type WatchOptions } from '@orrery/client';
import { connect, loadKubeconfig, type SocketTransport } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { readBody, type Response } from '@orrery/http';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { clusterUnderTest, kubectlPath, outcomeOf, type ClusterUnderTest, type Outcome } from './cluster.ts';

/** Any object, with whatever fields its kind has. */
export type Thing = KubeObject & Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Follower {
  readonly events: readonly WatchEvent<Thing>[];
  /** Resolves with the first event that `wanted` accepts, of those that came and those that come. */
  until(wanted: (event: Followed) => boolean, demand: string): Promise<Followed>;
}

export type Followed = Extract<WatchEvent<Thing>, { object: KubeObject }>;

/** What one test works with. */
export interface Case {
  readonly client: Client;
  readonly namespace: string;
  /** A name that nobody else has: for labels and for what is in no namespace. */
  readonly unique: string;
  readonly transport: SocketTransport;
  call(method: string, target: string, options?: CallOptions): Promise<Answer>;
  /** Any kubectl; its exit code is for the caller to judge. */
  kubectl(args: readonly string[], input?: string): Promise<Outcome>;
  /** The kubeconfig, for programs that are started by the test itself. */
  readonly kubeconfig: string;
  /** Follows from now on: what is written after this resolved is seen. */
  follow(resource: GroupVersionResource, options?: WatchOptions): Promise<Follower>;
  /** Another namespace, also taken away at the end. */
  anotherNamespace(): Promise<string>;
  /** Runs when the test is over, last given first. */
  atEnd(task: () => Promise<unknown>): void;
}

/** How long to wait for what must come: longer than it ever takes, unless a run looks for failures. */
const secondsMax = Number(process.env.CONFORMANCE_SECONDS ?? 60);
let cluster: ClusterUnderTest;
let transport: SocketTransport;
let home: string;

async function open(): Promise<void> {
  cluster = await clusterUnderTest();
  transport = connect((await loadKubeconfig({ path: cluster.kubeconfig })).connect);
  home = mkdtempSync(join(tmpdir(), 'orrery-conformance-home-'));
}

async function close(): Promise<void> {
  transport.close();
  rmSync(home, { recursive: true, force: true });
  await cluster.remove();
}

/** A file of tests: they run beside each other. */
export const area = (name: string, define: () => void): unknown =>
  describe(name, { concurrency: 8 }, () => {
    before(open);
    after(close);
    define();
  });

/** One entry of the conformance tests, under its own name. */
export function conformance(name: string, run: (c: Case) => Promise<void>): void {
  test(name, { timeout: 240_000 }, async () => {
    const tasks: (() => Promise<unknown>)[] = [];
    const over = new AbortController();
    try {
      await run(await createCase(tasks, over.signal));
    } finally {
      over.abort();
      for (const task of tasks.toReversed()) await task().catch(ignoreMissing);
    }
  });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof StatusError && error.code === 404)) throw error;
}

async function createCase(tasks: (() => Promise<unknown>)[], signal: AbortSignal): Promise<Case> {
  const client = createClient(transport, { userAgent: 'conformance/1' });
  const anotherNamespace = async (): Promise<string> => {
    const { metadata } = await client.create<KubeObject>(resources.namespaces, {
      metadata: { generateName: 'conformance-', labels: { conformance: 'yes' } },
    });
    tasks.push(() => client.delete(resources.namespaces, metadata.name!));
    return metadata.name!;
  };
  const namespace = await anotherNamespace();
  // The account and the certificates of a namespace come by controllers, and pods need the account.
  await eventually('a namespace has its default account', () =>
    client.get(resources.serviceaccounts, 'default', { namespace }),
  );
  return {
    ...{ client, namespace, transport, anotherNamespace, unique: namespace, kubeconfig: cluster.kubeconfig },
    call: (method, target, options) => call(client, method, target, options),
    kubectl: (args, input) =>
      outcomeOf(
        kubectlPath(),
        ['--kubeconfig', cluster.kubeconfig, ...args],
        { PATH: process.env.PATH, HOME: home, LANG: 'C' },
        input,
      ),
    follow: (resource, options) => follow(client, signal, resource, options),
    atEnd: task => tasks.push(task),
  };
}

async function call(
  client: Client,
  method: string,
  target: string,
  { body, headers }: CallOptions = {},
): Promise<Answer> {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await client.raw(method, target, {
    headers: { accept: 'application/json', ...(text !== '' && { 'content-type': 'application/json' }), ...headers },
    body: new TextEncoder().encode(text),
  });
  const answer = new TextDecoder().decode(await readBody(response.body));
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    body: answer.startsWith('{') ? (JSON.parse(answer) as Record<string, unknown>) : {},
  };
}

async function follow(
  client: Client,
  signal: AbortSignal,
  resource: GroupVersionResource,
  options: WatchOptions = {},
): Promise<Follower> {
  const { metadata } = await client.list(resource, { ...options, limit: 1 });
  const events: WatchEvent<Thing>[] = [];
  const { resourceVersion } = metadata;
  const read = async () => {
    for await (const event of client.watch<Thing>(resource, { resourceVersion, signal, ...options })) {
      events.push(event);
    }
  };
  let broken: unknown;
  read().catch((error: unknown) => (broken = error));
  return {
    events,
    until: (wanted, demand) =>
      eventually(demand, async () => {
        if (broken) throw broken;
        return events.find((event): event is Followed => event.type !== 'ERROR' && wanted(event));
      }),
  };
}

/** Tries until `attempt` returns something or a minute is over; then fails with the demand and the last reason. */
export async function eventually<T>(
  demand: string,
  attempt: () => Promise<T | undefined | false>,
  seconds = secondsMax,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let reason: unknown = 'it never held';
  for (let pause = 20; Date.now() < deadline; pause = Math.min(pause * 1.5, 500)) {
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result;
      reason = 'it never held';
    } catch (error) {
      reason = error;
    }
    await sleep(pause);
  }
  return assert.fail(`${demand}: ${reason instanceof Error ? reason.message : String(reason)}`);
}

/** The call is refused with this code; the error, for what else is to be said of it. */
export async function refused(attempt: Promise<unknown>, code: number, demand: string): Promise<StatusError> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    assert.equal(error.code, code, `${demand} (${error.message})`);
    return error;
  }
  return assert.fail(demand);
}

/** The value at a path of names and positions. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  for (const name of path) value = (value as Record<string | number, unknown> | undefined | null)?.[name];
  return value;
}

/** The list at a path; empty when there is none. */
export const listAt = (value: unknown, ...path: (string | number)[]): Record<string, unknown>[] =>
  (at(value, ...path) ?? []) as Record<string, unknown>[];
