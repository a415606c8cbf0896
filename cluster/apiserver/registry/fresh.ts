/** Records that were written under another schema than the one served now: brought up to date when read (custom resources). */
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { Entry } from '@orrery/store';
import type { Machine } from './machine.ts';
import { parseJson } from './json.ts';
import { deepFreeze } from './objects.ts';
import { stampOf, valueOf } from './record.ts';
import type { ResourceInfo } from './resource.ts';

/** A record; without a head it was just written by this server. */
export type Stored = Pick<Entry, 'value'> & { readonly head?: string };

/** True when the bytes can be served as they are. */
export function isFresh({ refresh }: ResourceInfo, { head }: Stored): boolean {
  if (refresh === undefined) return true;
  return (head === undefined ? refresh.stamp : stampOf(head)) === refresh.served;
}

const renewed = new WeakMap<Uint8Array, { info: ResourceInfo; value: Uint8Array }>();

/** The bytes of a record in the form of today; made anew once per record and resource. */
export function freshValue(info: ResourceInfo, entry: Stored): Uint8Array {
  if (isFresh(info, entry)) return entry.value;
  const known = renewed.get(entry.value);
  if (known?.info === info) return known.value;
  const value = valueOf(info.refresh!.apply(parseJson<KubeObject>(entry.value)));
  renewed.set(entry.value, { info, value });
  return value;
}

/** The frozen object of a record in the form of today. */
export function freshObject(machine: Machine, info: ResourceInfo, entry: Entry): KubeObject {
  const object = machine.objects.of(entry);
  return isFresh(info, entry) ? object : deepFreeze(info.refresh!.apply(cloneJson(object)));
}
