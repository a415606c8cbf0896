/** The keys as they are in the cluster now: replicas follow them, one of them lets new ones follow old ones. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { isReason } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import { periodically, watchOf, type ControllerOptions, type Informer } from '@orrery/reconciler';
import type { CryptoKey } from 'jose';
import {
  loadKeys,
  newKey,
  planKeys,
  type KeyAlgorithm,
  type RotationTimes,
  type SigningKeys,
  type StoredKey,
} from './keys.ts';
import { getSecret, recordIn, secretOf, type Secret } from './secrets.ts';

export const keySecret = 'platform-signing-keys';
const type = 'platform.orrery.io/keys';
const dayMs = 24 * 3600_000;

/** `tokenLifeMs` is what the longest token lives. */
export const rotationTimes = (tokenLifeMs: number): RotationTimes => ({
  periodMs: 30 * dayMs,
  leadMs: 3600_000,
  keptMs: tokenLifeMs + 3600_000,
});

interface Stored {
  readonly keys: readonly StoredKey[];
}

/** Brings about what the plan wants. Of several replicas at once one wins, and all use its keys. */
export async function ensureKeys(client: Client, clock: Clock, times: RotationTimes): Promise<SigningKeys> {
  for (;;) {
    const secret = await getSecret(client, keySecret);
    const before = recordIn<Stored>(secret)?.keys ?? [];
    const { kept, wanted } = planKeys(before, clock.now(), times);
    if (wanted.length === 0 && kept.length === before.length) return loadKeys(before);
    const made = await Promise.all(wanted.map(({ algorithm, signsFromMs }) => newKey(algorithm, signsFromMs)));
    const after = secretOf(keySecret, type, {}, { keys: [...kept, ...made] });
    try {
      if (secret) await client.update(resources.secrets, { ...secret, data: after.data });
      else await client.create(resources.secrets, after);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists') && !isReason(error, 'Conflict') && !isReason(error, 'NotFound'))
        throw error;
    }
  }
}

/** The keys at a start: none goes, since how long its tokens live is not known yet. A failure is told to whoever waits. */
export function firstKeys(client: Client, clock: Clock): Promise<SigningKeys> {
  const keys = ensureKeys(client, clock, { ...rotationTimes(0), keptMs: Infinity });
  keys.catch(() => {});
  return keys;
}

export interface KeyRing {
  /** The key that signs now. */
  signing(algorithm: KeyAlgorithm): { readonly id: string; readonly key: CryptoKey };
  /** One that is not known yet is looked for in the cluster: another replica may have made it a moment ago. */
  verifying(id: string): Promise<CryptoKey | undefined>;
  published(): SigningKeys['published'];
}

export interface KeyRingOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly informer: Informer<Secret>;
  readonly first: SigningKeys;
}

/** Nobody makes us ask more often by inventing ids. */
const askAgainMs = 5_000;

export function createKeyRing({ client, clock, log, informer, first }: KeyRingOptions): KeyRing {
  let keys = first;
  let askedAtMs = -Infinity;
  const use = async (secret: Secret | undefined): Promise<void> => {
    const stored = recordIn<Stored>(secret);
    if (stored) keys = await loadKeys(stored.keys);
  };
  informer.onChange(({ after }) => {
    use(after).catch((error: unknown) => log.error('the keys of tokens cannot be read', { error }));
  });
  return {
    signing: algorithm => keys.signing(algorithm, clock.now()),
    async verifying(id) {
      const known = keys.verifying.get(id);
      if (known || clock.monotonic() - askedAtMs < askAgainMs) return known;
      askedAtMs = clock.monotonic();
      await use(await getSecret(client, keySecret));
      return keys.verifying.get(id);
    },
    published: () => keys.published,
  };
}

/** The Secret that `createKeyRing` follows. */
export const keyFilter = { namespace: systemNamespace, fieldSelector: `metadata.name=${keySecret}` };

const everyMs = 600_000;

/** Who deletes the Secret ends everything that was signed, and gets new keys. */
export const rotateKeys = (
  { client, clock }: { client: Client; clock: Clock },
  informer: Informer<Secret>,
  times: () => RotationTimes,
): ControllerOptions => ({
  name: 'platform-keys',
  sources: [watchOf(informer, () => ['keys']), periodically(clock, everyMs, 'keys')],
  reconcile: async () => void (await ensureKeys(client, clock, times())),
});
