/** Records that were written under another schema than the one served now: brought up to date when read (custom resources). */
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { Entry } from '@orrery/store';
import type { Machine } from './machine.ts';
import { parseJson } from './json.ts';
import { deepFreeze, parseEntry } from './objects.ts';
import { schemaStampOf, stampOf, valueOf } from './record.ts';
import type { ResourceInfo } from './resource.ts';

/** A record; without a head it was just written by this server. */
export type Stored = Pick<Entry, 'value'> & { readonly head?: string };

/** True when the bytes can be served as they are. */
export function isFresh(info: ResourceInfo, { head }: Stored): boolean {
  const { refresh, converter } = info;
  if (refresh === undefined) return true;
  // What was just written, and not read back, is in the form of its request.
  if (head === undefined) return converter !== undefined || schemaStampOf(refresh.stamp) === refresh.served;
  return !isForeign(info, head) && stampOf(head) === refresh.served;
}

/** Whether somebody else has to be asked to make this version of a record. */
const isForeign = ({ converter, version }: ResourceInfo, head: string | undefined): boolean =>
  converter !== undefined && head !== undefined && converter.writtenIn(head) !== version;

/** Longer lists become several reviews, between which others have their turn. */
const preparedAtOnce = 250;

/**
 * Has records converted that are of another version, all in one go; then they can be served like any others. Does nothing, at once, for
 * resources without a conversion webhook. @throws StatusError 500 in upstream's words
 */
export async function prepare(info: ResourceInfo, entries: readonly (Stored & { revision?: number })[]): Promise<void> {
  const { converter } = info;
  if (converter === undefined) return;
  const byVersion = new Map<string, (Stored & { revision?: number })[]>();
  for (const entry of entries) {
    if (!isForeign(info, entry.head)) continue;
    const version = converter.writtenIn(entry.head!);
    const others = byVersion.get(version);
    if (others) others.push(entry);
    else byVersion.set(version, [entry]);
  }
  for (const [version, foreign] of byVersion) {
    for (let at = 0; at < foreign.length; at += preparedAtOnce) {
      const some = foreign.slice(at, at + preparedAtOnce);
      const objects = some.map(entry => parseEntry(entry, entry.revision ?? 0));
      const converted = await converter.fromMany(objects, version);
      some.forEach(({ value }, index) => remember(info, value, valueOf(converted[index]!)));
    }
  }
}

/** Records in another form than they are stored in, by resource: requests to several versions run side by side. */
const renewed = new WeakMap<ResourceInfo, WeakMap<Uint8Array, Uint8Array>>();

function remember(info: ResourceInfo, stored: Uint8Array, served: Uint8Array): void {
  let known = renewed.get(info);
  if (known === undefined) renewed.set(info, (known = new WeakMap()));
  known.set(stored, served);
}

/** The bytes of a record in the form of today; made anew once per record and resource. */
export function freshValue(info: ResourceInfo, entry: Stored): Uint8Array {
  if (isFresh(info, entry)) return entry.value;
  const known = renewed.get(info)?.get(entry.value);
  if (known) return known;
  if (isForeign(info, entry.head)) throw new Error('a record of another version was not prepared');
  const value = valueOf(info.refresh!.apply(parseJson<KubeObject>(entry.value)));
  remember(info, entry.value, value);
  return value;
}

/** The frozen object of a record in the form of today. */
export function freshObject(machine: Machine, info: ResourceInfo, entry: Entry): KubeObject {
  if (isForeign(info, entry.head)) return deepFreeze(parseEntry({ value: freshValue(info, entry) }, entry.revision));
  const object = machine.objects.of(entry);
  return isFresh(info, entry) ? object : deepFreeze(info.refresh!.apply(cloneJson(object)));
}
