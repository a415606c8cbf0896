/** Bringing the custom resources into a cluster, and keeping them there. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { customResourceDefinition, type CustomResourceDefinition } from './crd.ts';
import { kinds, type KindFacts } from './tables.data.ts';

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

export interface EnsureOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Only these; all unless given. */
  readonly only?: (facts: KindFacts) => boolean;
  /** Make what is missing, and leave what is there: a newer version brought it. */
  readonly leave?: boolean;
}

const pollMs = 20;
const patienceMs = 30_000;

/**
 * Creates what is missing and updates what differs, then waits until all are served. Level-based: harmless to call again. Versions
 * that others added are left alone. Rejects after 30 s with the name of what is not served, and the cluster's reason.
 */
export async function ensureKinds(options: EnsureOptions): Promise<void> {
  const { client, clock, signal, only = () => true, leave = false } = options;
  const wanted = kinds.filter(only);
  await Promise.all(wanted.map(facts => ensureOne(client, customResourceDefinition(facts), leave)));
  const deadline = clock.monotonic() + patienceMs;
  for (const facts of wanted) {
    const name = `${facts.plural}.${facts.group}`;
    for (;;) {
      const found = await orUndefined(client.get<CustomResourceDefinition>(definitions, name, { signal }));
      if (condition(found, 'Established')?.status === 'True' && (await served(client, facts, signal))) break;
      const refused = condition(found, 'NamesAccepted');
      if (clock.monotonic() > deadline)
        throw new Error(`the cluster does not serve ${name}: ${refused?.message ?? 'it is not established'}`);
      await clock.sleep(pollMs, signal);
      signal?.throwIfAborted();
    }
  }
}

const condition = (definition: CustomResourceDefinition | undefined, type: string) =>
  definition?.status?.conditions?.find(found => found.type === type);

/** Established is said a moment before every server of the cluster answers for it. */
async function served(client: Client, { group, versions, plural }: KindFacts, signal?: AbortSignal): Promise<boolean> {
  const resource = { group, version: versions[0]!, resource: plural };
  return (await orUndefined(client.list(resource, { limit: 1, signal }))) !== undefined;
}

async function ensureOne(client: Client, wanted: CustomResourceDefinition, leave: boolean): Promise<void> {
  const name = wanted.metadata.name!;
  for (;;) {
    const found = await orUndefined(client.get<CustomResourceDefinition>(definitions, name));
    try {
      if (!found) await client.create(definitions, wanted);
      else if (!leave && !covers(found.spec, wanted.spec)) await client.update(definitions, merged(found, wanted));
      return;
    } catch (error) {
      // Another replica was faster: look again.
      if (!isReason(error, 'AlreadyExists') && !isReason(error, 'Conflict')) throw error;
    }
  }
}

interface Version {
  readonly name: string;
  readonly storage: boolean;
}

const versionsOf = (definition: CustomResourceDefinition) => (definition.spec.versions ?? []) as Version[];

/** What is there, with ours put over it. A version stored by others stays the stored one. */
function merged(found: CustomResourceDefinition, wanted: CustomResourceDefinition): CustomResourceDefinition {
  const ours = versionsOf(wanted);
  const others = versionsOf(found).filter(({ name }) => !ours.some(own => own.name === name));
  const storedElsewhere = others.some(({ storage }) => storage);
  const versions = [...ours.map(own => (storedElsewhere ? { ...own, storage: false } : own)), ...others];
  return {
    ...found,
    metadata: { ...found.metadata, labels: { ...found.metadata.labels, ...wanted.metadata.labels } },
    spec: { ...found.spec, ...wanted.spec, versions },
  };
}

/** True when `there` has all that `wanted` says; what the server added by itself does not count. Lists match by name where they have one. */
export function covers(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(there)) return false;
    return wanted.every((item, index) => {
      const name = (item as { name?: unknown } | null)?.name;
      const other: unknown =
        name === undefined ? there[index] : there.find(found => (found as { name?: unknown } | null)?.name === name);
      return covers(other, item);
    });
  }
  if (typeof wanted !== 'object' || wanted === null) return there === wanted;
  if (typeof there !== 'object' || there === null) return false;
  const found = there as Record<string, unknown>;
  return Object.entries(wanted).every(([name, value]) => covers(found[name], value));
}
