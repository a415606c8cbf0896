/** The small formats that many cells share. */
import { humanDuration } from '@orrery/machinery/duration';
import { formatSelector, selectorFromObject } from '@orrery/machinery/selector';
import type { KubeObject } from '@orrery/machinery/meta';
import { each } from '../fill.ts';
import type { Container, LabelSelector, LoadBalancerStatus, PodSpec } from '../types.data.ts';

export type Cell = string | number | boolean;
/** The cells of one object at a moment (milliseconds since the epoch). */
export type Cells<T extends KubeObject> = (object: T, nowMs: number) => Cell[];

export const none = '<none>';
export const unset = '<unset>';
export const unknown = '<unknown>';

/** The time since a moment, `<unknown>` when it never was. */
export const since = (time: string | undefined | null, nowMs: number): string =>
  time ? humanDuration(nowMs - Date.parse(time)) : unknown;

export const age = (object: KubeObject, nowMs: number): string => since(object.metadata.creationTimestamp, nowMs);

export const nameOf = (object: KubeObject): string => object.metadata.name ?? '';

/** `a=b,c=d`, keys sorted. */
export function labels(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? none : pairs.map(([name, value]) => `${name}=${value}`).join(',');
}

export function selector(object: LabelSelector | undefined): string {
  if (!object || (!object.matchLabels && !object.matchExpressions)) return none;
  return formatSelector(selectorFromObject(object as Parameters<typeof selectorFromObject>[0])) || none;
}

const listOf = (containers: readonly Container[] | undefined, field: 'name' | 'image'): string =>
  each(containers)
    .map(container => container[field] ?? '')
    .join(',');

/** Names and images of a template's containers. */
export const containers = (spec: PodSpec | undefined): [string, string] => [
  listOf(spec?.containers, 'name'),
  listOf(spec?.containers, 'image'),
];

/** At most `max` of the texts, then how many more there are. */
export function upTo(max: number, texts: readonly string[], separator = ','): string {
  const shown = texts.slice(0, max).join(separator);
  return texts.length > max ? `${shown} + ${texts.length - max} more...` : shown;
}

/** `[::1]:80` or `10.0.0.1:80`. */
export const hostPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Addresses and names of a load balancer, sorted. */
export const loadBalancer = (status: LoadBalancerStatus | undefined): string[] =>
  [...new Set(each(status?.ingress).map(entry => entry.ip || entry.hostname || ''))]
    .filter(entry => entry !== '')
    .sort();

const shortModes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

export const accessModes = (modes: readonly string[] | undefined): string =>
  shortModes
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');

export const yesNo = (value: boolean | undefined): string => (value === undefined ? unset : value ? 'True' : 'False');
