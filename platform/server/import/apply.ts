/** Doing what was planned, and remembering what was written. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason, orUndefined } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import { same } from '../access/heal.ts';
import { nameOf } from './clean.ts';
import type { Action, Ledger, Plan } from './shapes.ts';

export interface Failure {
  readonly kind: string;
  readonly name: string;
  /** What the cluster said. */
  readonly why: string;
}

const memberOf = (object: KubeObject, name: string): unknown => (object as unknown as Record<string, unknown>)[name];

/** What the cluster answers may quote what was sent, never a password: those that are no hashes are not sent, and hashes are not quoted. */
const textOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/g, '(a hash)');
};

async function act(client: Client, { verb, resource, object }: Action): Promise<void> {
  const { name = '', namespace } = object.metadata;
  const at = { ...(namespace !== undefined && { namespace }) };
  if (verb === 'create') return void (await client.create(resource, object));
  const roleRef = memberOf(object, 'roleRef');
  if (roleRef !== undefined) {
    const found = await orUndefined(client.get(resource, name, at));
    // What a binding refers to cannot be changed.
    if (found && !same(memberOf(found, 'roleRef'), roleRef)) {
      await client.delete(resource, name, at);
      return void (await client.create(resource, object));
    }
  }
  await client.patch(resource, name, 'merge', object, at);
}

/** In order. What fails is told and the rest goes on; the ledger is written in the end, without what failed. */
export async function apply(
  client: Client,
  { actions, ledger }: Plan,
  before: Ledger,
  progress: (done: number, all: number) => void = () => {},
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const after: Record<string, string> = { ...ledger };
  try {
    for (const [index, action] of actions.entries()) {
      try {
        await act(client, action);
      } catch (error) {
        // Only what the cluster refuses: a connection that is gone does not come back for the next.
        if (!(error instanceof StatusError)) throw error;
        failures.push({ kind: action.object.kind ?? '', name: nameOf(action.object), why: textOf(error) });
        forget(after, before, action);
      }
      progress(index + 1, actions.length);
    }
  } catch (error) {
    // Written or not, nobody knows: the next run compares anew.
    for (const action of actions) forget(after, before, action);
    await writeLedger(client, after).catch(() => {});
    throw error;
  }
  await writeLedger(client, after);
  return failures;
}

function forget(after: Record<string, string>, before: Ledger, { key }: Action): void {
  const mark = before[key];
  if (mark === undefined) delete after[key];
  else after[key] = mark;
}

const ledgerLabel = { 'platform.orrery.io/import': 'ledger' } as const;
const labelSelector = Object.entries(ledgerLabel)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

type ConfigMap = KubeObject & { data?: Record<string, string> };

/** In sixteen parts, so that hundreds of thousands of objects find room. */
const partName = (key: string): string => `orrery-import-${key.slice(0, 1)}`;

export async function readLedger(client: Client): Promise<Ledger> {
  const { items } = await client.list<ConfigMap>(resources.configmaps, { namespace: systemNamespace, labelSelector });
  return Object.assign({}, ...items.map(({ data }) => data ?? {})) as Ledger;
}

async function writeLedger(client: Client, ledger: Ledger): Promise<void> {
  const parts = Map.groupBy(Object.entries(ledger), ([key]) => partName(key));
  const at = { namespace: systemNamespace };
  for (const [name, entries] of parts) {
    const data = Object.fromEntries(entries);
    const found = await orUndefined(client.get<ConfigMap>(resources.configmaps, name, at));
    if (found && same(found.data, data)) continue;
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...at, labels: { ...ledgerLabel } },
      data,
    };
    if (found) await client.update<ConfigMap>(resources.configmaps, { ...found, data });
    else await client.create<ConfigMap>(resources.configmaps, object);
  }
}

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/** Kinds whose versions a webhook of KubeSphere converts: it would answer no longer. Both versions have one shape here. */
export async function stopConversion(client: Client, names: readonly string[]): Promise<string[]> {
  const stopped: string[] = [];
  for (const name of names) {
    const found = await orUndefined(client.get<KubeObject>(definitions, name));
    const { conversion } = (found as { spec?: { conversion?: { strategy?: string } } } | undefined)?.spec ?? {};
    if (conversion?.strategy !== 'Webhook') continue;
    await client.patch(definitions, name, 'merge', { spec: { conversion: { strategy: 'None', webhook: null } } });
    stopped.push(name);
  }
  return stopped;
}

/** The namespace that the ledger is in. */
export async function ensureLedgerPlace(client: Client, namespace: KubeObject): Promise<void> {
  try {
    await client.create(resources.namespaces, namespace);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}
