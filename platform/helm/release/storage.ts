/** Releases as `helm` stores them: a Secret for each revision, with base64 of gzip of JSON. */
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { ReleaseError } from '../errors.ts';
import type { Chart, ChartFile, ChartMetadata, ChartValues, Hook, Release, ReleaseInfo } from '../types.ts';

/** The chart of a release, without its dependencies: Helm keeps no more. */
export interface StoredChart {
  metadata: ChartMetadata;
  lock: unknown;
  templates: { name: string; data: string }[];
  values: ChartValues;
  schema: string | null;
  files: { name: string; data: string }[];
}

/** The JSON in the Secret. */
export interface StoredRelease {
  name: string;
  info: ReleaseInfo;
  chart: StoredChart;
  config?: ChartValues;
  manifest?: string;
  hooks?: Hook[];
  version: number;
  namespace: string;
}

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** Bytes that a stored release may grow to: whoever may write Secrets writes these too. */
const unpackedMax = 64 << 20;

const zip = promisify<Uint8Array, { level: number }, Buffer>(gzip);
const unzip = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** What stands under `data.release` before the Secret's own base64. */
export async function encodeRelease(release: StoredRelease): Promise<string> {
  const packed = await zip(Buffer.from(JSON.stringify(release)), { level: constants.Z_BEST_COMPRESSION });
  return packed.toString('base64');
}

/** The inverse of {@link encodeRelease}; releases of old are not compressed. @throws when it is no release */
export async function decodeRelease(text: string): Promise<StoredRelease> {
  const bytes = Buffer.from(text, 'base64');
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
  const json = isPacked ? await unzip(bytes, { maxOutputLength: unpackedMax }) : bytes;
  const release = JSON.parse(json.toString()) as StoredRelease;
  if (typeof release.name !== 'string' || typeof release.info?.status !== 'string' || !release.chart?.metadata) {
    throw new Error('the Secret holds no release');
  }
  return release;
}

const encodeFiles = (files: readonly ChartFile[]): StoredChart['files'] =>
  files.map(({ name, data }) => ({ name, data: Buffer.from(data).toString('base64') }));

export const storedChart = ({ metadata, lock, templates, values, schema, files }: Chart): StoredChart => ({
  metadata,
  lock: lock ?? null,
  templates: encodeFiles(templates),
  values,
  schema: schema ? Buffer.from(schema).toString('base64') : null,
  files: encodeFiles(files),
});

/** As others see it. */
export const releaseOf = ({
  name,
  namespace,
  version,
  info,
  chart,
  config,
  manifest,
  hooks,
}: StoredRelease): Release => ({
  name,
  namespace,
  revision: version,
  status: info.status,
  chart: chart.metadata,
  config: config ?? {},
  manifest: manifest ?? '',
  hooks: hooks ?? [],
  notes: info.notes ?? '',
  info,
});

const type = 'helm.sh/release.v1';
const secretName = (name: string, version: number): string => `sh.helm.release.v1.${name}.v${version}`;

async function secretOf(release: StoredRelease, stamps: Record<string, string>): Promise<Secret> {
  const { name, namespace, version, info } = release;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(name, version),
      namespace,
      labels: { ...stamps, name, owner: 'helm', status: info.status, version: String(version) },
    },
    type,
    data: { release: Buffer.from(await encodeRelease(release)).toString('base64') },
  };
}

async function read(secret: Secret): Promise<StoredRelease> {
  const release = await decodeRelease(Buffer.from(secret.data?.['release'] ?? '', 'base64').toString());
  // What is asked of a release goes by where it lies, whatever stands in it.
  const { labels, namespace = '' } = secret.metadata;
  return {
    ...release,
    namespace,
    name: labels?.['name'] ?? release.name,
    version: Number(labels?.['version'] ?? release.version),
  };
}

export interface Storage {
  create(release: StoredRelease): Promise<void>;
  update(release: StoredRelease): Promise<void>;
  remove(release: Pick<StoredRelease, 'name' | 'namespace' | 'version'>): Promise<void>;
  get(name: string, namespace: string, version: number): Promise<StoredRelease | undefined>;
  /** Oldest first. */
  history(name: string, namespace: string): Promise<StoredRelease[]>;
  /** The last revision of each release, by namespace and name. */
  latest(namespace?: string): Promise<StoredRelease[]>;
}

const versionOf = ({ metadata }: Secret): number => Number(metadata.labels?.['version'] ?? 0);

/** @param now milliseconds since the epoch */
export function createStorage(client: Client, now: () => number): Storage {
  const seconds = (): string => String(Math.floor(now() / 1000));
  const list = async (labelSelector: string, namespace?: string): Promise<Secret[]> => {
    const found: Secret[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { items: Secret[]; metadata: { continue?: string } } = await client.list<Secret>(resources.secrets, {
        labelSelector,
        limit: 100,
        ...(namespace && { namespace }),
        ...(next && { continue: next }),
      });
      found.push(...page.items.filter(secret => secret.data?.['release'] !== undefined));
      next = page.metadata.continue || undefined;
    }
    return found.sort((a, b) => versionOf(a) - versionOf(b));
  };
  return {
    async create(release) {
      try {
        await client.create(resources.secrets, await secretOf(release, { createdAt: seconds() }));
      } catch (error) {
        if (isReason(error, 'AlreadyExists'))
          throw new ReleaseError('another operation (install/upgrade/rollback) is in progress');
        throw error;
      }
    },
    async update(release) {
      const secret = await secretOf(release, { modifiedAt: seconds() });
      const { labels } = secret.metadata;
      const patch = { metadata: { labels: { ...labels, createdAt: null } }, data: secret.data };
      await client.patch(resources.secrets, secret.metadata.name!, 'merge', patch, { namespace: release.namespace });
    },
    async remove({ name, namespace, version }) {
      await orUndefined(client.delete(resources.secrets, secretName(name, version), { namespace }));
    },
    async get(name, namespace, version) {
      const secret = await orUndefined(client.get<Secret>(resources.secrets, secretName(name, version), { namespace }));
      return secret && read(secret);
    },
    history: async (name, namespace) => Promise.all((await list(`owner=helm,name=${name}`, namespace)).map(read)),
    async latest(namespace) {
      const last = new Map<string, Secret>();
      for (const secret of await list('owner=helm', namespace)) {
        last.set(`${secret.metadata.namespace} ${secret.metadata.labels?.['name']}`, secret);
      }
      // One that cannot be read hides no other.
      const releases = await Promise.all(
        [...last.entries()]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, secret]) => read(secret).catch(() => undefined)),
      );
      return releases.filter(release => release !== undefined);
    },
  };
}
