/**
 * Images into containerd without a registry and without its command-line tool: content, snapshots and image records over its own
 * services, as its CRI plug-in would leave them after a pull. A lease keeps the garbage collector away meanwhile.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { formatTime, type Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { CallSettings, GrpcConnection } from '../grpc.ts';
import {
  content,
  diff,
  images,
  inKubernetes,
  kubernetesNamespace,
  leases,
  snapshots,
} from '../containerd/services.data.ts';
import { imageService } from '../cri/messages.data.ts';
import { isRuntimeError, RuntimeError } from '../types.ts';
import { verifyDigest } from './archive.ts';
import { readWhole, type Blob, type Descriptor, type ImageBundle } from './bundle.ts';
import { formatReference, parseReference } from './reference.ts';

export interface ImportOptions {
  connection: GrpcConnection;
  snapshotter: string;
  clock: Clock;
  random: Pick<Random, 'uuid'>;
  /** `amd64` or `arm64`: which manifest of an index is unpacked. */
  architecture: string;
  /** Protects the image from garbage collection for good. */
  pinned?: boolean;
  /** Bound on the unpacked size of one layer, bytes. Default 32 GiB. */
  layerLimit?: number;
}

interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

const documentLimit = 4 * 1024 * 1024;
const leaseMs = 24 * 3600_000;
const visibleWithinMs = 10_000;

/** Imports one image and answers its id (`sha256:` and the digest of its configuration). Importing what is here already is cheap. */
export async function importImage(bundle: ImageBundle, options: ImportOptions): Promise<string> {
  const { connection, clock, random } = options;
  const lease = `orrery-import-${random.uuid()}`;
  const expiry = { 'containerd.io/gc.expire': formatTime(clock.now() + leaseMs) };
  await connection.call(leases.create, { id: lease, labels: expiry }, inKubernetes);
  const settings: CallSettings = { headers: { ...inKubernetes.headers, 'containerd-lease': lease } };
  try {
    const { manifest, descriptor } = await choose(bundle, bundle.target, options.architecture);
    const diffIds = await readDiffIds(bundle, manifest);
    await verifyLayers(bundle, manifest, diffIds, options.layerLimit ?? 32 * 1024 ** 3);
    await writeAll(bundle, manifest, descriptor, diffIds, options, settings);
    await unpack(manifest, diffIds, options, settings);
    await register(bundle, manifest.config.digest, options, settings);
    await untilVisible(connection, manifest.config.digest, clock);
    return manifest.config.digest;
  } finally {
    await connection.call(leases.delete, { id: lease, sync: false }, inKubernetes).catch(() => {});
  }
}

/** The manifest for this machine: the target itself, or the fitting entry of an index. */
async function choose(
  bundle: ImageBundle,
  target: Descriptor,
  architecture: string,
): Promise<{ manifest: Manifest; descriptor: Descriptor }> {
  const document = await readDocument(bundle, target.digest);
  if (Array.isArray(document['layers'])) return { manifest: document as unknown as Manifest, descriptor: target };
  const manifests = (document['manifests'] ?? []) as Descriptor[];
  for (const one of manifests) {
    const { os = 'linux', architecture: offered = architecture } = one.platform ?? {};
    if (os === 'linux' && offered === architecture && bundle.blobs.has(one.digest)) {
      return choose(bundle, one, architecture);
    }
  }
  throw new Error(`the archive has no image for linux/${architecture}`);
}

async function readDocument(bundle: ImageBundle, digest: string): Promise<Record<string, unknown>> {
  const blob = blobOf(bundle, digest);
  await verifyDigest(blob, digest);
  return JSON.parse(new TextDecoder().decode(await readWhole(blob, documentLimit))) as Record<string, unknown>;
}

function blobOf(bundle: ImageBundle, digest: string): Blob {
  const blob = bundle.blobs.get(digest);
  if (!blob) throw new Error(`the image lacks ${digest}`);
  return blob;
}

async function readDiffIds(bundle: ImageBundle, manifest: Manifest): Promise<string[]> {
  const config = await readDocument(bundle, manifest.config.digest);
  const diffIds = (config['rootfs'] as { diff_ids?: unknown } | undefined)?.diff_ids;
  const valid = Array.isArray(diffIds) && diffIds.every(one => /^sha256:[0-9a-f]{64}$/.test(String(one)));
  if (!valid || diffIds.length !== manifest.layers.length) {
    throw new Error('the configuration of the image does not fit its layers');
  }
  return diffIds as string[];
}

/** Before anything is unpacked: each layer has its digest, unpacks within the limit, and is then what the configuration says. */
async function verifyLayers(
  bundle: ImageBundle,
  manifest: Manifest,
  diffIds: readonly string[],
  limit: number,
): Promise<void> {
  for (const [i, layer] of manifest.layers.entries()) {
    const blob = blobOf(bundle, layer.digest);
    await verifyDigest(blob, layer.digest);
    const hash = createHash('sha256');
    let size = 0;
    for await (const part of plainLayer(blob, layer.mediaType)) {
      size += part.length;
      if (size > limit) throw new Error(`layer ${layer.digest} unpacks to more than the ${limit} bytes allowed`);
      hash.update(part);
    }
    const actual = `sha256:${hash.digest('hex')}`;
    if (actual !== diffIds[i]) throw new Error(`layer ${layer.digest} unpacks to ${actual} instead of ${diffIds[i]}`);
  }
}

function plainLayer(blob: Blob, mediaType: string): AsyncIterable<Uint8Array> {
  const gzip = mediaType.endsWith('+gzip') || mediaType.endsWith('.gzip');
  if (!gzip && !mediaType.endsWith('+zstd')) return blob.read();
  const decompressor = gzip ? createGunzip() : createZstdDecompress();
  const source = Readable.from(blob.read());
  source.on('error', error => decompressor.destroy(error));
  return source.pipe(decompressor);
}

/** Writes all blobs, leaves first; labels tell the garbage collector what holds what. */
async function writeAll(
  bundle: ImageBundle,
  manifest: Manifest,
  descriptor: Descriptor,
  diffIds: readonly string[],
  options: ImportOptions,
  settings: CallSettings,
): Promise<void> {
  const write = (digest: string, labels: Record<string, string>) =>
    writeBlob(options, settings, digest, blobOf(bundle, digest), {
      ...labels,
      ...sourceLabels(bundle.names),
    });
  for (const [i, layer] of manifest.layers.entries()) {
    await write(layer.digest, { 'containerd.io/uncompressed': diffIds[i]! });
  }
  const snapshotLabel = `containerd.io/gc.ref.snapshot.${options.snapshotter}`;
  await write(manifest.config.digest, { [snapshotLabel]: chainId(diffIds) });
  const held = [manifest.config, ...manifest.layers].map(({ digest }, i) => [
    `containerd.io/gc.ref.content.${i}`,
    digest,
  ]);
  await write(descriptor.digest, Object.fromEntries(held) as Record<string, string>);
  if (descriptor.digest !== bundle.target.digest) {
    await write(bundle.target.digest, { 'containerd.io/gc.ref.content.m.0': descriptor.digest });
  }
}

/** `containerd.io/distribution.source.<registry>`: lets later pulls find layers they share. */
function sourceLabels(names: readonly string[]): Record<string, string> {
  const repository = names.length > 0 ? parseReference(names[0]!)?.repository : undefined;
  if (!repository) return {};
  const slash = repository.indexOf('/');
  return { [`containerd.io/distribution.source.${repository.slice(0, slash)}`]: repository.slice(slash + 1) };
}

async function writeBlob(
  { connection, random }: ImportOptions,
  settings: CallSettings,
  digest: string,
  blob: Blob,
  labels: Record<string, string>,
): Promise<void> {
  const ref = `orrery-import-${digest}-${random.uuid()}`;
  const writer = connection.exchange(content.write, settings);
  try {
    let offset = 0;
    for await (const data of blob.read()) {
      await writer.ask({ action: 'write', ref, total: blob.size, expected: digest, offset, data });
      offset += data.length;
    }
    await writer.ask({ action: 'commit', ref, total: blob.size, expected: digest, offset, labels });
  } catch (error) {
    // The content is here, and the lease holds it now; only the labels are to be set.
    if (!isRuntimeError(error, 'alreadyExists')) {
      await connection.call(content.abort, { ref }, settings).catch(() => {});
      throw error;
    }
    const updateMask = { paths: Object.keys(labels).map(name => `labels.${name}`) };
    await connection.call(content.update, { info: { digest, labels }, updateMask }, settings);
  } finally {
    writer.close();
  }
}

/** The name of a stack of layers: a hash over the names of the layers below it. */
export function chainId(diffIds: readonly string[]): string {
  return diffIds.reduce(
    (below, diffId) =>
      below === '' ? diffId : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    '',
  );
}

async function unpack(
  manifest: Manifest,
  diffIds: readonly string[],
  { connection, snapshotter, random }: ImportOptions,
  settings: CallSettings,
): Promise<void> {
  for (const [i, layer] of manifest.layers.entries()) {
    const name = chainId(diffIds.slice(0, i + 1));
    if (await exists(connection.call(snapshots.stat, { snapshotter, key: name }, settings))) continue;
    const key = `extract-${random.uuid()} ${name}`;
    const parent = chainId(diffIds.slice(0, i));
    const { mounts = [] } = await connection.call(snapshots.prepare, { snapshotter, key, parent }, settings);
    try {
      const { mediaType, digest, size } = layer;
      const { applied } = await connection.call(diff.apply, { diff: { mediaType, digest, size }, mounts }, settings);
      if (applied?.digest !== diffIds[i]) throw new Error(`layer ${digest} was unpacked to ${applied?.digest}`);
      await connection.call(snapshots.commit, { snapshotter, name, key }, settings);
    } catch (error) {
      await connection.call(snapshots.remove, { snapshotter, key }, settings).catch(() => {});
      // Somebody else has unpacked the same layer meanwhile.
      if (!isRuntimeError(error, 'alreadyExists')) throw error;
    }
  }
}

const exists = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    (error: unknown) => {
      if (isRuntimeError(error, 'notFound')) return false;
      throw error;
    },
  );

/** Records the image under its id, its names and its digest, as CRI does after a pull. */
async function register(
  bundle: ImageBundle,
  id: string,
  { connection, pinned }: ImportOptions,
  settings: CallSettings,
): Promise<void> {
  const { mediaType, digest, size } = bundle.target;
  const labels = { 'io.cri-containerd.image': 'managed', ...(pinned && { 'io.cri-containerd.pinned': 'pinned' }) };
  const digests = bundle.names.map(name => formatReference({ repository: parseReference(name)!.repository, digest }));
  for (const name of new Set([id, ...bundle.names, ...digests])) {
    const image = { name, labels, target: { mediaType, digest, size } };
    try {
      await connection.call(images.create, { image }, settings);
    } catch (error) {
      if (!isRuntimeError(error, 'alreadyExists')) throw error;
      const updateMask = { paths: ['target', ...Object.keys(labels).map(label => `labels.${label}`)] };
      await connection.call(images.update, { image, updateMask }, settings);
    }
  }
}

/** CRI learns of images from events: waits, briefly, until it has. */
async function untilVisible(connection: GrpcConnection, image: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + visibleWithinMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const answer = await connection.call(imageService.imageStatus, { image: { image } });
    if (answer.image) return;
    if (clock.monotonic() > deadline) {
      throw new RuntimeError(
        'deadlineExceeded',
        `containerd does not show the imported image ${image} (${kubernetesNamespace})`,
      );
    }
    await clock.sleep(pause);
  }
}

/** True when an image record of this name exists. */
export const hasImage = (connection: GrpcConnection, name: string): Promise<boolean> =>
  exists(connection.call(images.get, { name }, inKubernetes));
