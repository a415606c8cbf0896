/**
 * Image archives: OCI layouts (`podman save --format oci-archive`, `skopeo copy oci-archive:`) and Docker's (`docker save`), plain,
 * gzip or zstd. Nothing is extracted: members are found by an index and read where they lie.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Random } from '@orrery/machinery/random';
import { memoryBlob, readWhole, type Blob, type Descriptor, type ImageBundle } from './bundle.ts';
import { formatReference, parseReference } from './reference.ts';
import { indexTar, type TarEntry } from './tar.ts';

export interface ArchiveOptions {
  /** Where a compressed archive is unpacked to while it is read. */
  scratchDir: string;
  random: Pick<Random, 'uuid'>;
  /** Bound on the unpacked size of a compressed archive, bytes: against archives made to fill the disk. Default 64 GiB. */
  sizeLimit?: number;
}

export interface ImageArchive extends AsyncDisposable {
  readonly images: readonly ImageBundle[];
}

/** Manifests and configurations are some kilobytes; this is the bound of registries. */
const documentLimit = 4 * 1024 * 1024;
const deepestIndex = 4;
const digestForm = /^sha256:[0-9a-f]{64}$/;

/** Opens an archive and reads what images it has. The blobs are read from it until it is disposed of. */
export async function openArchive(path: string, options: ArchiveOptions): Promise<ImageArchive> {
  const unpacked = await decompressed(path, options);
  const file = await open(unpacked ?? path, 'r');
  const dispose = async () => {
    await file.close();
    if (unpacked) await rm(unpacked, { force: true });
  };
  try {
    const members = await indexTar(file);
    const archive: Members = { find: name => blobOf(file, members, name) };
    const images = members.has('index.json') ? await readLayout(archive) : await readDocker(archive);
    return { images, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Members {
  find(name: string): Blob | undefined;
}

function blobOf(file: FileHandle, members: ReadonlyMap<string, TarEntry>, name: string): Blob | undefined {
  let entry = members.get(name);
  // Docker links layers that two images share; a chain of links has no purpose.
  if (entry?.type === 'link') entry = members.get(entry.target);
  if (entry?.type !== 'file') return undefined;
  const { offset, size } = entry;
  return {
    size,
    async *read() {
      const chunk = 1024 * 1024;
      for (let at = 0; at < size; at += chunk) {
        const length = Math.min(chunk, size - at);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset + at);
        if (bytesRead < length) throw new Error('the archive ends in the middle');
        yield buffer;
      }
    },
  };
}

/** Unpacks a compressed archive into the scratch directory; undefined when it is not compressed. */
async function decompressed(
  path: string,
  { scratchDir, random, sizeLimit = 64 * 1024 ** 3 }: ArchiveOptions,
): Promise<string | undefined> {
  const decompressor = await decompressorFor(path);
  if (!decompressor) return undefined;
  const target = join(scratchDir, `unpack-${random.uuid()}.tar`);
  let size = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      done(
        size > sizeLimit ? new Error(`the archive unpacks to more than the ${sizeLimit} bytes allowed`) : null,
        chunk,
      );
    },
  });
  try {
    await pipeline(
      createReadStream(path),
      decompressor,
      bound,
      createWriteStream(target, { mode: 0o600, flags: 'wx' }),
    );
    return target;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function decompressorFor(path: string): Promise<Transform | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return createGunzip();
    return buffer.readUInt32LE(0) === 0xfd2fb528 ? createZstdDecompress() : undefined;
  } finally {
    await file.close();
  }
}

/** An OCI image layout: index.json names the images, blobs lie under their digests. */
async function readLayout(members: Members): Promise<ImageBundle[]> {
  const index = await readJson(members.find('index.json'), 'index.json');
  const images: ImageBundle[] = [];
  for (const target of descriptors(index['manifests'], 'index.json')) {
    const { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': short } = target.annotations ?? {};
    const blobs = new Map<string, Blob>();
    await collect(members, target, blobs, 0);
    images.push({ names: namesOf([full ?? short]), target, blobs });
  }
  return images;
}

/** Gathers what a descriptor refers to. Manifests of other platforms may be absent from an archive; layers may not. */
async function collect(members: Members, target: Descriptor, blobs: Map<string, Blob>, depth: number): Promise<void> {
  if (depth > deepestIndex) throw new Error('the indexes of the archive are nested too deeply');
  const blob = members.find(`blobs/sha256/${target.digest.slice('sha256:'.length)}`);
  if (!blob) {
    if (depth > 0) return;
    throw new Error(`the archive lacks ${target.digest}, which its index names`);
  }
  blobs.set(target.digest, blob);
  const document = await readJson(blob, target.digest, target.digest);
  if (Array.isArray(document['manifests'])) {
    for (const child of descriptors(document['manifests'], target.digest))
      await collect(members, child, blobs, depth + 1);
    return;
  }
  for (const part of [document['config'], ...((document['layers'] as unknown[] | undefined) ?? [])]) {
    const { digest } = descriptor(part, target.digest);
    const found = members.find(`blobs/sha256/${digest.slice('sha256:'.length)}`);
    if (!found) throw new Error(`the archive lacks ${digest}, which the manifest ${target.digest} names`);
    blobs.set(digest, found);
  }
}

/** A Docker archive: manifest.json lists configuration and layers by file name; the OCI manifest is made from them. */
async function readDocker(members: Members): Promise<ImageBundle[]> {
  const list = (await readJson(members.find('manifest.json'), 'manifest.json')) as unknown;
  if (!Array.isArray(list)) throw new Error('manifest.json of the archive is not a list');
  const images: ImageBundle[] = [];
  for (const entry of list as { Config?: unknown; Layers?: unknown; RepoTags?: unknown }[]) {
    images.push(await dockerImage(members, entry));
  }
  return images;
}

async function dockerImage(
  members: Members,
  entry: { Config?: unknown; Layers?: unknown; RepoTags?: unknown },
): Promise<ImageBundle> {
  const blobs = new Map<string, Blob>();
  const add = async (name: unknown, mediaType: (blob: Blob) => Promise<string>): Promise<Descriptor> => {
    const blob = typeof name === 'string' ? members.find(name.replace(/^\.\//, '')) : undefined;
    if (!blob) throw new Error(`the archive lacks ${JSON.stringify(name)}, which its manifest.json names`);
    const digest = await digestOf(blob);
    blobs.set(digest, blob);
    return { mediaType: await mediaType(blob), digest, size: blob.size };
  };
  if (!Array.isArray(entry.Layers)) throw new Error('manifest.json of the archive has an image without layers');
  const config = await add(entry.Config, async () => 'application/vnd.oci.image.config.v1+json');
  const layers: Descriptor[] = [];
  for (const layer of entry.Layers) layers.push(await add(layer, layerType));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  const digest = await digestOf(memoryBlob(manifest));
  blobs.set(digest, memoryBlob(manifest));
  const tags = Array.isArray(entry.RepoTags) ? (entry.RepoTags as unknown[]) : [];
  return { names: namesOf(tags), target: { mediaType, digest, size: manifest.length }, blobs };
}

async function layerType(blob: Blob): Promise<string> {
  for await (const start of blob.read()) {
    const plain = 'application/vnd.oci.image.layer.v1.tar';
    if (start[0] === 0x1f && start[1] === 0x8b) return `${plain}+gzip`;
    if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) return `${plain}+zstd`;
    return plain;
  }
  throw new Error('the archive has an empty layer');
}

/** Full references; what is not one (a bare tag, as some tools write into layouts) cannot name an image here. */
function namesOf(texts: readonly unknown[]): string[] {
  const names: string[] = [];
  for (const text of texts) {
    const reference = typeof text === 'string' && /[/:]/.test(text) ? parseReference(text) : undefined;
    if (reference) names.push(formatReference(reference));
  }
  return names;
}

function descriptors(list: unknown, where: string): Descriptor[] {
  if (!Array.isArray(list)) throw new Error(`${where} of the archive has no list of manifests`);
  return list.map(one => descriptor(one, where));
}

function descriptor(value: unknown, where: string): Descriptor {
  const one = value as Partial<Descriptor> | null | undefined;
  const valid = one && typeof one.digest === 'string' && digestForm.test(one.digest) && Number.isSafeInteger(one.size);
  if (!valid || typeof one.mediaType !== 'string')
    throw new Error(`${where} of the archive has a malformed descriptor`);
  return one as Descriptor;
}

async function readJson(blob: Blob | undefined, name: string, digest?: string): Promise<Record<string, unknown>> {
  if (!blob) throw new Error(`this is not an image archive: it has no ${name}`);
  const content = await readWhole(blob, documentLimit);
  if (digest !== undefined) await verifyDigest(memoryBlob(content), digest);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new Error(`${name} of the archive is not JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw new Error(`${name} of the archive is not an object`);
  return value as Record<string, unknown>;
}

export async function digestOf(blob: Blob): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of blob.read()) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}

/** Throws when the content is not what its digest promises. */
export async function verifyDigest(blob: Blob, digest: string): Promise<void> {
  const actual = await digestOf(blob);
  if (actual !== digest) throw new Error(`the content of ${digest} has the digest ${actual}`);
}
