/**
 * When a door is closed. Who tries names closes it for himself: for his address, and for strangers. A device that the user has used before, and
 * an address that he has logged in from, have doors of their own, so that nobody locks anybody else out.
 */
import type { LoginRecord } from '@orrery/platform-kinds';
import { parseAddress } from '../egress/address.ts';
import type { LoginOptions } from '../config/options.ts';

/** On records of attempts from a device that was known. */
export const deviceLabel = 'platform.orrery.io/device';

export interface Attempt {
  readonly address: string;
  /** The id of a device that this user has logged in from. */
  readonly device?: string;
}

export type Limits = Pick<LoginOptions, 'triesMax' | 'windowSeconds'>;

/** Of version 6 a customer has 64 bits and more: they count as one. */
export function addressKey(text: string | undefined): string {
  const address = parseAddress(text ?? '');
  if (address === undefined) return text ?? '';
  return address >> 32n === 0xffffn ? String(address) : String(address >> 64n);
}

/** On failures that count no more, with the name of who said so. */
export const forgivenAnnotation = 'platform.orrery.io/forgiven-by';
export const isForgiven = ({ metadata }: LoginRecord): boolean =>
  metadata.annotations?.[forgivenAnnotation] !== undefined;

/** When an attempt was made, in milliseconds: what the cluster keeps of it is whole seconds. */
export const timeAnnotation = 'platform.orrery.io/attempted-at';

const timeOf = ({ metadata }: LoginRecord): number =>
  Number(metadata.annotations?.[timeAnnotation]) || Date.parse(metadata.creationTimestamp ?? '');
/** Of two at one time the failure came later: a success takes back none that may have followed it. */
const newestFirst = (left: LoginRecord, right: LoginRecord): number =>
  timeOf(right) - timeOf(left) || Number(left.spec.success) - Number(right.spec.success);
const deviceOf = ({ metadata }: LoginRecord): string | undefined => metadata.labels?.[deviceLabel];
const keyOf = ({ spec }: LoginRecord): string => addressKey(spec.sourceIP);

/** The failures of the window since the last success. */
export function failuresIn(records: readonly LoginRecord[], sinceMs: number): number {
  const recent = records.filter(record => timeOf(record) >= sinceMs).toSorted(newestFirst);
  const success = recent.findIndex(({ spec }) => spec.success);
  return success < 0 ? recent.length : success;
}

/** Failures from where the user never logged in. */
function strangersIn(records: readonly LoginRecord[], sinceMs: number): LoginRecord[] {
  const known = new Set(records.filter(({ spec }) => spec.success).map(keyOf));
  return records.filter(
    record => !record.spec.success && !deviceOf(record) && timeOf(record) >= sinceMs && !known.has(keyOf(record)),
  );
}

/** Whether the user has logged in from this address, or with this device. */
export const isKnown = (records: readonly LoginRecord[], { address, device }: Attempt): boolean =>
  device !== undefined || records.some(record => record.spec.success && keyOf(record) === addressKey(address));

/** Whether one more attempt is refused unseen. `records` are the user's. */
export function isClosed(all: readonly LoginRecord[], attempt: Attempt, nowMs: number, limits: Limits): boolean {
  const records = all.filter(record => !isForgiven(record));
  const sinceMs = nowMs - limits.windowSeconds * 1000;
  const { address, device } = attempt;
  if (device !== undefined)
    return (
      failuresIn(
        records.filter(record => deviceOf(record) === device),
        sinceMs,
      ) >= limits.triesMax
    );
  const here = records.filter(record => !deviceOf(record) && keyOf(record) === addressKey(address));
  if (failuresIn(here, sinceMs) >= limits.triesMax) return true;
  return !isKnown(records, attempt) && strangersIn(records, sinceMs).length >= limits.triesMax;
}

/** How long some door of the user is still closed, in milliseconds; 0 when all are open. What KubeSphere calls AuthLimitExceeded. */
export function closedForMs(all: readonly LoginRecord[], nowMs: number, limits: Limits): number {
  const records = all.filter(record => !isForgiven(record));
  const windowMs = limits.windowSeconds * 1000;
  const sinceMs = nowMs - windowMs;
  const doors = new Map<string, LoginRecord[]>([['strangers', strangersIn(records, sinceMs)]]);
  for (const record of records) {
    const device = deviceOf(record);
    const name = device ? `device/${device}` : `address/${keyOf(record)}`;
    doors.set(name, [...(doors.get(name) ?? []), record]);
  }
  const opensAtMs = [...doors.values()].map(door => {
    const failures = failuresIn(door, sinceMs);
    if (failures < limits.triesMax) return nowMs;
    // It opens when so many are left in the window that one more is allowed.
    const newest = door.map(timeOf).toSorted((left, right) => right - left);
    return newest[limits.triesMax - 1]! + windowMs;
  });
  return Math.max(0, ...opensAtMs.map(time => time - nowMs));
}
