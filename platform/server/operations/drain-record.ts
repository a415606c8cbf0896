/** How far a drain is, as a Secret of the platform's own, so that every replica can tell and stop it. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { isReason } from '@orrery/machinery/status';
import type { AnswerOf } from '@orrery/platform-contract';
import type { operations } from '@orrery/platform-contract/features';
import { getSecret, recordIn, secretOf, type Secret } from '../identity/secrets.ts';

export type Drain = AnswerOf<typeof operations.drainProgress>;
export type PodState = Drain['pods'][number];

export interface DrainRecord extends Drain {
  /** Which run this is of: another one that begins ends it. */
  readonly run: string;
  readonly seenAtMs: number;
  readonly isCancelled?: boolean;
}

export const drainLabel = 'platform.orrery.io/drain';
const type = 'platform.orrery.io/drain';
/** Names of nodes are names of Secrets. */
const nameOf = (node: string): string => `drain-${node}`.slice(0, 253);
/** A drain that nobody has written of for so long is nobody's any more. */
const lostMs = 60_000;

export interface Records {
  read(node: string): Promise<DrainRecord | undefined>;
  /** Writes over what is there, if `mayWrite` of it; false when not. */
  write(record: DrainRecord, mayWrite: (there: DrainRecord | undefined) => boolean): Promise<boolean>;
}

export function createRecords(client: Client): Records {
  const secret = (record: DrainRecord): Secret => secretOf(nameOf(record.node), type, { [drainLabel]: 'true' }, record);
  return {
    read: async node => recordIn<DrainRecord>(await getSecret(client, nameOf(node))),
    async write(record, mayWrite) {
      for (;;) {
        const there = await getSecret(client, nameOf(record.node));
        if (!mayWrite(recordIn<DrainRecord>(there))) return false;
        try {
          if (there) await client.update(resources.secrets, { ...there, data: secret(record).data } as Secret);
          else await client.create(resources.secrets, secret(record));
          return true;
        } catch (error) {
          if (!isReason(error, 'Conflict') && !isReason(error, 'AlreadyExists')) throw error;
        }
      }
    },
  };
}

/** As it is told: one whose platform is gone was interrupted. */
export function shownDrain(
  { run: _run, seenAtMs, isCancelled: _cancelled, ...drain }: DrainRecord,
  nowMs: number,
): Drain {
  if (drain.state === 'Running' && nowMs - seenAtMs > lostMs)
    return { ...drain, state: 'Interrupted', message: 'the platform that did this is gone: start it anew' };
  return drain;
}
