/**
 * Recordings in the cluster, as Secrets of the platform's own: every replica has them, they are encrypted where Secrets are, and no role of a
 * tenant reaches them. A head says whose they are; chunks hold compressed lines.
 */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import type { Informer } from '@orrery/reconciler';
import { getSecret, recordIn, secretOf, type Secret } from '../../identity/secrets.ts';
import { fromBase64, toBase64 } from './encode.ts';
import type { Recorded } from './record.ts';

export const recordingLabel = 'platform.orrery.io/recording';
const type = 'platform.orrery.io/terminal-recording';
const idForm = /^[0-9a-f]{32}$/;
const headOf = (id: string): string => `terminal-${id}`;
const chunkOf = (id: string, number: number): string => `terminal-${id}-${number}`;

export interface RecordingStore {
  create(record: Recorded): Promise<void>;
  /** Replaces the head, whatever it said. False when it is gone. */
  update(record: Recorded): Promise<boolean>;
  append(id: string, number: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  find(id: string): Promise<Recorded | undefined>;
  /** From the cache. */
  list(): { readonly record: Recorded; readonly resourceVersion: string | undefined }[];
  /** In their order; undefined in the place of one that is missing. */
  chunks(record: Recorded): AsyncIterable<Uint8Array<ArrayBuffer> | undefined>;
  remove(record: Recorded): Promise<void>;
}

export const headFilter = { namespace: systemNamespace, labelSelector: `${recordingLabel}=head` };

export function createStore(client: Client, heads: Informer<Secret>): RecordingStore {
  const head = (record: Recorded): Secret => secretOf(headOf(record.id), type, { [recordingLabel]: 'head' }, record);
  const drop = async (name: string) => {
    await orUndefined(client.delete(resources.secrets, name, { namespace: systemNamespace }));
  };
  return {
    async create(record) {
      await client.create(resources.secrets, head(record));
    },
    async update(record) {
      for (;;) {
        const there = await getSecret(client, headOf(record.id));
        if (!there) return false;
        try {
          await client.update(resources.secrets, { ...there, data: head(record).data } as Secret);
          return true;
        } catch (error) {
          if (!isReason(error, 'Conflict')) throw error;
        }
      }
    },
    async append(id, number, bytes) {
      await client.create(resources.secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: chunkOf(id, number), namespace: systemNamespace, labels: { [recordingLabel]: 'chunk' } },
        type,
        data: { chunk: toBase64(bytes) },
      } as Secret);
    },
    find: async id => (idForm.test(id) ? recordIn<Recorded>(await getSecret(client, headOf(id))) : undefined),
    list: () =>
      heads.list().flatMap(secret => {
        const record = recordIn<Recorded>(secret);
        return record ? [{ record, resourceVersion: secret.metadata.resourceVersion }] : [];
      }),
    async *chunks({ id, chunks }) {
      for (let number = 1; number <= chunks; number++) {
        const text = (await getSecret(client, chunkOf(id, number)))?.data?.['chunk'];
        yield text === undefined ? undefined : fromBase64(text);
      }
    },
    async remove({ id, chunks }) {
      // One more: of a chunk whose head was not written any more.
      for (let number = 1; number <= chunks + 1; number++) await drop(chunkOf(id, number));
      await drop(headOf(id));
    },
  };
}
