/** What a JSBundle holds, wherever it lies: read when it is asked for, and kept for half a minute. */
import { resources } from '@orrery/client/resources';
import { header, readBody } from '@orrery/http';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import type { BundleFile, JSBundle, KeyReference } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { fromBase64Bytes, hexDigestOf } from './bytes.ts';
import { placeOf } from './endpoint.ts';
import type { Reach } from './reach.ts';

export interface Content {
  readonly bytes: Uint8Array;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
  /** As the other side says it; undefined for what lies in an object. */
  readonly contentType?: string;
}

export interface Contents {
  /** Rejects with a StatusError that says what is missing. */
  script(bundle: JSBundle): Promise<Content>;
  file(bundle: JSBundle, file: BundleFile): Promise<Content>;
}

interface Data extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

const keptMs = 30_000;
/** Of one script or file. */
const bytesMax = 32 * 1024 * 1024;

export function createContents(context: PlatformContext, reach: Reach): Contents {
  const { clock, signal } = context;
  const kept = new Map<string, { readonly atMs: number; readonly content: Promise<Content> }>();
  const once = (key: string, read: () => Promise<Read>): Promise<Content> => {
    const now = clock.monotonic();
    const known = kept.get(key);
    if (known && now - known.atMs < keptMs) return known.content;
    for (const [name, { atMs }] of kept) if (now - atMs >= keptMs) kept.delete(name);
    const content = read().then(async read => ({ ...read, hash: await hexDigestOf(read.bytes) }));
    kept.set(key, { atMs: now, content });
    content.catch(() => kept.delete(key));
    return content;
  };
  const fetched = async (file: BundleFile): Promise<Read> => {
    const place = placeOf(file);
    const request = { method: 'GET', target: '', headers: { accept: '*/*' }, body: new Uint8Array(), signal };
    const response = await reach.ask(place, request);
    const bytes = await readBody(response.body, { limit: bytesMax, signal });
    if (response.status !== 200) throw unusable(`its server answers with status ${response.status}`);
    const contentType = header(response.headers, 'content-type');
    return { bytes, ...(contentType !== undefined && { contentType }) };
  };
  const keyOf = ({ metadata }: JSBundle, part: string) => `${metadata.uid}/${metadata.resourceVersion}/${part}`;
  return {
    script: bundle => once(keyOf(bundle, ''), () => readScript(context, bundle, fetched)),
    file: (bundle, file) => once(keyOf(bundle, file.link ?? ''), () => fetched(file)),
  };
}

type Read = Omit<Content, 'hash'>;

const unusable = (why: string): StatusError => new StatusError(503, 'ServiceUnavailable', why);

async function readScript(
  context: PlatformContext,
  { spec }: JSBundle,
  fetched: (file: BundleFile) => Promise<Read>,
): Promise<Read> {
  const { raw, rawFrom } = spec;
  if (raw !== undefined) return { bytes: rawBytes(raw) };
  if (rawFrom?.configMapKeyRef) return fromKey(context, resources.configmaps, 'ConfigMap', rawFrom.configMapKeyRef);
  if (rawFrom?.secretKeyRef) return fromKey(context, resources.secrets, 'Secret', rawFrom.secretKeyRef);
  if (rawFrom) return fetched(rawFrom);
  throw unusable('it holds no script');
}

/** KubeSphere takes base64 of base64, as its own charts write it; what is plain base64 of a script is that. */
export function rawBytes(raw: string): Uint8Array {
  const once = fromBase64Bytes(raw);
  if (!once) throw unusable('spec.raw is not base64');
  const text = new TextDecoder().decode(once);
  const twice = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) ? fromBase64Bytes(text) : undefined;
  return twice ?? once;
}

/** The platform may list what it may not get: one object is a list of one. */
async function fromKey(
  { client }: PlatformContext,
  resource: GroupVersionResource,
  kind: string,
  { namespace, name, key }: KeyReference,
): Promise<Read> {
  const { items } = await client.list<Data>(resource, { namespace, fieldSelector: `metadata.name=${name}` });
  const [found] = items;
  if (!found) throw unusable(`there is no ${kind} "${name}" in "${namespace}"`);
  const text = found.data?.[key];
  if (text !== undefined && kind === 'ConfigMap') return { bytes: new TextEncoder().encode(text) };
  const bytes = fromBase64Bytes(text ?? found.binaryData?.[key] ?? '');
  if (!bytes || (text === undefined && found.binaryData?.[key] === undefined))
    throw unusable(`the ${kind} "${name}" in "${namespace}" has no key "${key}"`);
  return { bytes };
}
