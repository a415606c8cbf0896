/** The two calls that people wait for: a page of a long list, and the log-in. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import { pod } from '../load/objects.ts';
import { median } from '../statistics.ts';
import type { Visitor } from './visitor.ts';

export const namespace = 'bench-console';
const account = { name: 'admin', first: 'First-Passw0rd', own: 'Bench-Passw0rd' } as const;
export const firstPassword = account.first;

/** Makes that many pods which nobody places or runs, and returns when all are there. */
export async function fill(client: Client, count: number, signal: AbortSignal): Promise<void> {
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await client.create(
    resources.serviceaccounts,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bench' } },
    { namespace },
  );
  let next = 0;
  const maker = async () => {
    for (let at = next++; at < count; at = next++) {
      signal.throwIfAborted();
      // In an order that is not that of their names.
      const name = `item-${String((at * 7919) % count).padStart(5, '0')}`;
      await client.create(resources.pods, pod({ name }), { namespace });
    }
  };
  await Promise.all(Array.from({ length: 16 }, maker));
}

/** A page in the middle, of the half of all pods whose names match, by name backwards. */
export const listPath =
  `/kapis/resources.kubesphere.io/v1alpha3/namespaces/${namespace}/pods` +
  '?limit=10&page=100&sortBy=name&ascending=false&name=5&labelSelector=app%3Dbench';

const form = (password: string, username: string): string =>
  new URLSearchParams({
    ...{ grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere' },
    ...{ username, password },
  }).toString();

export async function logIn(
  visitor: Visitor,
  password: string = account.own,
  username: string = account.name,
): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await visitor.json('/oauth/token', { method: 'POST', headers, body: form(password, username) });
  return String(answer['access_token']);
}

/** The first administrator chooses a password. */
export async function choosePassword(visitor: Visitor): Promise<void> {
  const token = await logIn(visitor, account.first);
  await visitor.json(`/kapis/iam.kubesphere.io/v1beta1/users/${account.name}/password`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ currentPassword: account.first, password: account.own }),
  });
}

/** Milliseconds: the median of `count` turns, one after the other. */
export async function timesOf(count: number, clock: Clock, turn: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = clock.monotonic();
    await turn();
    times.push(clock.monotonic() - begun);
  }
  return median(times);
}
