/**
 * Tokens whose signature was found to be good: checking one costs more than all else that is asked of a request. What may change is asked
 * each time: whether its time is over, and whether its key is still one of ours.
 */
import type { CryptoKey } from 'jose';

export interface Checked<T> {
  readonly value: T;
  readonly keyId: string;
  /** The key itself: one that came in its place under the same id does not count. */
  readonly key: CryptoKey;
  readonly expiresAtSeconds: number;
}

export interface Verified<T> {
  /** What was found out about this token before; undefined when it has to be looked at (again). */
  find(digest: string, nowSeconds: number): Promise<T | undefined>;
  keep(digest: string, checked: Checked<T>): void;
  readonly size: number;
}

/** Several for each of a few thousand sessions. Beyond it the oldest goes. */
const keptMax = 10_000;

export function rememberVerified<T>(keyOf: (id: string) => Promise<CryptoKey | undefined>): Verified<T> {
  const kept = new Map<string, Checked<T>>();
  return {
    async find(digest, nowSeconds) {
      const checked = kept.get(digest);
      if (!checked) return undefined;
      if (checked.expiresAtSeconds > nowSeconds && (await keyOf(checked.keyId)) === checked.key) return checked.value;
      kept.delete(digest);
      return undefined;
    },
    keep(digest, checked) {
      const [oldest] = kept.keys();
      if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
      kept.set(digest, checked);
    },
    get size() {
      return kept.size;
    },
  };
}
