/** Query parameters as numbers and booleans, read as upstream's decoder of options reads them. */
import { badRequest } from '@orrery/machinery/status';
import type { Query } from '../chain/query.ts';
import { notANumber } from './get.ts';

/** @throws StatusError 400 for what is no whole number, also when it is there and empty */
export function integerOf(query: Query, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(notANumber(text, 'ParseInt'));
  return Number(text);
}

/** Anything but a clear no is a yes. */
export function booleanOf(query: Query, name: string): boolean | undefined {
  const text = query.get(name);
  return text === undefined ? undefined : text !== '0' && text.toLowerCase() !== 'false';
}
