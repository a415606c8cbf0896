/** What the platform finds while one types. */
import { search } from '@orrery/platform-contract/features';
import { useCall } from '../../data/calls.ts';
import { useSettled } from '../../ui/time.ts';
import type { Found } from './hits.ts';

/** Fewer letters would find everything. */
export const lettersMin = 2;
const pauseMs = 150;

export interface FoundWords {
  /** What `found` is about. */
  readonly words: string;
  readonly found: Found | undefined;
  readonly error: Error | null;
}

/** `when` is false where nothing is to be asked for. */
export function useFound(typed: string, limit: number, when = true): FoundWords {
  const words = useSettled(typed.trim(), pauseMs);
  const asks = when && words.length >= lettersMin && words.length <= 256;
  const { data, error } = useCall(search.find, { query: { q: words, limit }, when: asks });
  return { words, found: asks ? data : undefined, error: asks ? error : null };
}
