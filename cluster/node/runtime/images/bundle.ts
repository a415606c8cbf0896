/** An image as it is handed to the importer, whatever it came from: an archive, or made here. */

/** Bytes that can be read as often as needed. */
export interface Blob {
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** OCI content descriptor. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  platform?: { os?: string; architecture?: string; variant?: string };
}

export interface ImageBundle {
  /** Full references under which the image shall be known, e.g. `docker.io/library/busybox:1.36`. */
  names: string[];
  /** The manifest, or an index of manifests per platform. */
  target: Descriptor;
  /** By digest: the target and all that it refers to and that is present. */
  blobs: ReadonlyMap<string, Blob>;
}

export const memoryBlob = (content: Uint8Array): Blob => ({
  size: content.length,
  async *read() {
    yield content;
  },
});

/** The whole blob at once. Throws when it is larger than `limit` bytes: documents are small, whoever sends large ones is up to something. */
export async function readWhole(blob: Blob, limit: number): Promise<Uint8Array> {
  if (blob.size > limit) throw new Error(`a document of ${blob.size} bytes is larger than the ${limit} bytes allowed`);
  const parts: Uint8Array[] = [];
  for await (const part of blob.read()) parts.push(part);
  return Buffer.concat(parts);
}
