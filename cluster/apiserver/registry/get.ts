/** Get: one record, as stored bytes. */
import { notFound, StatusError } from '@orrery/machinery/status';
import type { Entry } from '@orrery/store';
import type { Machine } from './machine.ts';
import { resourceName, storageKey } from './resource.ts';
import type { ResourceInfo } from './resource.ts';

/** A whole number without sign, or undefined. */
export function parseVersion(text: string): number | undefined {
  return /^\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** Go's words for a text that is no number. */
export const notANumber = (text: string, parser: 'ParseUint' | 'ParseInt'): string =>
  `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`;

export const badVersion = (text: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${notANumber(text, 'ParseUint')}`;

/** The answer to a version that does not exist yet. Who asked for it exactly is not told to come again. */
export const tooLargeVersion = (asked: number, current: number, retryAfterSeconds?: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(retryAfterSeconds && { retryAfterSeconds }),
  });

/** @throws StatusError 404; 504 for a resourceVersion in the future; 500 for one that is no number, as upstream. */
export async function get(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  name: string,
  resourceVersion: string | undefined,
): Promise<Entry> {
  if (resourceVersion !== undefined && resourceVersion !== '') {
    const version = parseVersion(resourceVersion);
    if (version === undefined) throw new StatusError(500, undefined, badVersion(resourceVersion));
    if (version > machine.store.revision()) throw tooLargeVersion(version, machine.store.revision(), 1);
  }
  const entry = await machine.store.get(storageKey(info, namespace, name));
  if (entry === undefined) throw notFound(resourceName(info, name));
  return entry;
}
