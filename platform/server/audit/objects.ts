/** Segments as Secrets in the platform's namespace: on any cluster, for all replicas, encrypted where Secrets are. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import { StatusError, isReason, orUndefined } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemNamespace } from '@orrery/platform-kinds';
import { getSecret, type Secret } from '../identity/secrets.ts';
import { packChunk, unpackChunk } from '../terminal/recording/chunks.ts';
import { fromBase64, toBase64 } from '../terminal/recording/encode.ts';
import type { AuditStorage, Segment } from './storage.ts';

export const segmentLabel = 'platform.orrery.io/audit';
const segmentAnnotation = 'platform.orrery.io/audit-segment';
const type = 'platform.orrery.io/audit-segment';
const dataKey = 'lines';
export const namePrefix = 'audit-';

const nameOf = ({ chain, number }: Pick<Segment, 'chain' | 'number'>): string => `${namePrefix}${chain}-${number}`;
const kilobyte = 1024;
const pageSize = 500;

export function objectStorage(client: Client): AuditStorage {
  /** What the segment that is written to has; lines are compressed together. */
  let open: { name: string; lines: string; fromMs: number } | undefined;
  return {
    segmentBytesMax: 512 * kilobyte,
    bytesMax: 64 * kilobyte * kilobyte,
    gatherMs: 1_000,
    segments: async () => (await listHeads(client)).flatMap(object => segmentIn(object) ?? []),
    async read(segment) {
      const text = (await getSecret(client, nameOf(segment)))?.data?.[dataKey];
      return text === undefined ? '' : unpackChunk(fromBase64(text));
    },
    async append(segment, added, { fromMs, toMs }) {
      const name = nameOf(segment);
      const before = open?.name === name ? open : { name, lines: '', fromMs };
      const lines = before.lines + added;
      const from = Math.min(before.fromMs, fromMs);
      const { chain, number } = segment;
      const head = { chain, number, bytes: lines.length, fromMs: from, toMs };
      await put(client, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name,
          namespace: systemNamespace,
          labels: { [segmentLabel]: 'segment' },
          annotations: { [segmentAnnotation]: JSON.stringify(head) },
        },
        type,
        data: { [dataKey]: toBase64(await packChunk(lines)) },
      } as Secret);
      open = { name, lines, fromMs: from };
    },
    async remove(segment) {
      await orUndefined(client.delete(resources.secrets, nameOf(segment), { namespace: systemNamespace }));
    },
  };
}

async function put(client: Client, secret: Secret): Promise<void> {
  const there = await getSecret(client, secret.metadata.name!);
  if (there)
    return void (await client.update(resources.secrets, {
      ...secret,
      metadata: { ...there.metadata, ...secret.metadata },
    }));
  try {
    await client.create(resources.secrets, secret);
  } catch (error) {
    // An answer that was lost on the way: it is there.
    if (!isReason(error, 'AlreadyExists')) throw error;
    await client.update(resources.secrets, secret);
  }
}

const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

/** Without their content. */
async function listHeads(client: Client): Promise<KubeObject[]> {
  const items: KubeObject[] = [];
  let next = '';
  do {
    const query = new URLSearchParams({ labelSelector: `${segmentLabel}=segment`, limit: String(pageSize) });
    if (next !== '') query.set('continue', next);
    const target = `/api/v1/namespaces/${systemNamespace}/secrets?${query}`;
    const { status, body } = await client.raw('GET', target, { headers: { accept } });
    const text = new TextDecoder().decode(await readBody(body));
    if (status !== 200) throw new StatusError(503, 'ServiceUnavailable', 'the records of the audit cannot be listed');
    const page = JSON.parse(text) as { metadata?: { continue?: string }; items?: KubeObject[] };
    items.push(...(page.items ?? []));
    next = page.metadata?.continue ?? '';
  } while (next !== '');
  return items;
}

function segmentIn({ metadata }: KubeObject): Segment | undefined {
  try {
    const head = JSON.parse(metadata.annotations?.[segmentAnnotation] ?? '') as Omit<Segment, 'version'>;
    return nameOf(head) === metadata.name ? { ...head, version: metadata.resourceVersion ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
