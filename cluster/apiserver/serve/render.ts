/** Stored bytes become answers: spliced for JSON, parsed only where another form is asked for. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Body, Headers, Response, Sink } from '@orrery/http';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Entry } from '@orrery/store';
import { stringify } from 'yaml';
import { encodeJson, encodeText } from '../registry/json.ts';
import type { Page } from '../registry/list.ts';
import { parseEntry } from '../registry/objects.ts';
import { spliceAt } from '../registry/record.ts';
import { prefixesOf, splice } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { writeAndDrain } from '../registry/watch.ts';
import { contentTypes } from './negotiate.ts';
import type { Media } from './negotiate.ts';
import { partialMetadata } from './partial.ts';
import { encodeProtobuf } from './protobuf.ts';
import { tableOf } from './table.ts';
import type { IncludeObject } from './table.ts';

const compress = promisify(gzip);
/** Bodies below this many bytes are not compressed (as upstream). */
const compressFrom = 128 * 1024;
/** Lists are written in groups of about this many bytes, waiting for the client in between. */
const groupBytes = 512 * 1024;

const noCache = 'no-cache, private';

/** The style of upstream's encoder. */
const yamlStyle = {
  sortMapEntries: true,
  aliasDuplicateObjects: false,
  indentSeq: false,
  singleQuote: true,
  lineWidth: 0,
  version: '1.1',
} as const;

/** The bytes of an object that is not stored, in the form asked for. */
export function encodeObject(object: unknown, media: Media): Uint8Array {
  switch (media.format) {
    case 'yaml':
      return encodeText(stringify(object, yamlStyle));
    case 'protobuf':
      return encodeProtobuf(object as KubeObject);
    case 'json':
      return media.pretty
        ? encodeText(`${JSON.stringify(object, null, 2)}\n`)
        : Buffer.concat([encodeJson(object), newline]);
  }
}

const newline = encodeText('\n');

export const answerObject = (status: number, object: unknown, media: Media): Response => ({
  status,
  headers: { 'content-type': contentTypes[media.format], 'cache-control': noCache },
  body: encodeObject(object, media),
  object,
});

/** The object of a record as served: kind, apiVersion, version and conversion. */
export function servedObject(info: ResourceInfo, entry: Pick<Entry, 'value'>, revision: number): KubeObject {
  const stored = parseEntry(entry, revision);
  const object = info.conversion ? info.conversion.fromStored(stored) : stored;
  return { kind: info.kind, apiVersion: apiVersionOf(info), ...withoutType(object) };
}

/** Adds kind and apiVersion to an object of the stored version that was just written. */
export function servedWritten(info: ResourceInfo, object: KubeObject): KubeObject {
  const converted = info.conversion ? info.conversion.fromStored(structuredClone(object)) : object;
  return { kind: info.kind, apiVersion: apiVersionOf(info), ...withoutType(converted) };
}

function withoutType({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubeObject): KubeObject {
  return rest;
}

const isPlain = (info: ResourceInfo, media: Media): boolean =>
  media.format === 'json' && media.view === '' && !media.pretty && info.conversion === undefined;

const itemEnd = encodeText('\n');

/** The answer for one record. `revision` 0 (a dry run) leaves resourceVersion out. */
export function answerEntry(
  info: ResourceInfo,
  entry: Pick<Entry, 'value'>,
  revision: number,
  media: Media,
  include: IncludeObject,
  nowMs: number,
  status = 200,
): Response {
  if (isPlain(info, media)) {
    const head = revision === 0 ? encodeText(dryPrefix(info)) : splice(prefixesOf(info).single, revision);
    return {
      status,
      headers: jsonHeaders,
      body: [head, entry.value.subarray(spliceAt), itemEnd],
    };
  }
  const object = servedObject(info, entry, revision);
  if (revision === 0) delete object.metadata.resourceVersion;
  return answerObject(status, viewOf(info, object, media, include, nowMs), media);
}

const jsonHeaders: Headers = { 'content-type': 'application/json', 'cache-control': noCache };

const dryPrefix = (info: ResourceInfo): string => `${prefixesOf(info).single.slice(0, -'"resourceVersion":"'.length)}`;

function viewOf(info: ResourceInfo, object: KubeObject, media: Media, include: IncludeObject, nowMs: number): unknown {
  switch (media.view) {
    case 'Table': {
      const { resourceVersion } = object.metadata;
      return tableOf(info, [object], { resourceVersion }, media.viewVersion, include, nowMs, true);
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partialMetadata(object, media.viewVersion);
    case '':
      return object;
  }
}

/** The answer for a page of records. */
export async function answerList(
  info: ResourceInfo,
  page: Page,
  media: Media,
  include: IncludeObject,
  nowMs: number,
  acceptEncoding: string | undefined,
): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': contentTypes[media.format], 'cache-control': noCache };
  if (!isPlain(info, media)) {
    const bytes = encodeObject(listView(info, page, media, include, nowMs), media);
    return compressed(200, headers, [bytes], bytes.length, acceptEncoding);
  }
  const size = page.entries.reduce((sum, entry) => sum + entry.value.length + 48, 256);
  if (size <= groupBytes || wantsGzip(acceptEncoding)) {
    const pieces = [...groupsOf(info, page)];
    return compressed(200, headers, pieces, size, acceptEncoding);
  }
  return { status: 200, headers, body: { start: sink => void writeGroups(sink, groupsOf(info, page)) } };
}

async function writeGroups(sink: Sink, groups: Iterable<Uint8Array>): Promise<void> {
  for (const group of groups) {
    if (sink.closed) return;
    const wait = writeAndDrain(sink, group);
    if (wait) await wait;
  }
  sink.end();
}

const wantsGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding !== undefined && /\bgzip\b/.test(acceptEncoding);

async function compressed(
  status: number,
  headers: Record<string, string>,
  pieces: readonly Uint8Array[],
  size: number,
  acceptEncoding: string | undefined,
): Promise<Response> {
  if (size < compressFrom || !wantsGzip(acceptEncoding)) return { status, headers, body: pieces };
  const bytes = await compress(Buffer.concat(pieces), { level: 1 });
  return { status, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body: bytes };
}

const listMeta = (page: Page): Record<string, unknown> => ({
  resourceVersion: String(page.revision),
  ...(page.continue !== '' && { continue: page.continue }),
  ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
});

/** The list as joined buffers: its head, then groups of items, then its end. */
function* groupsOf(info: ResourceInfo, page: Page): Generator<Uint8Array> {
  const { item } = prefixesOf(info);
  const head = `{"kind":"${info.listKind}","apiVersion":"${apiVersionOf(info)}","metadata":${JSON.stringify(listMeta(page))},"items":[`;
  let texts = [head];
  let values: (Uint8Array | undefined)[] = [undefined];
  let size = head.length;
  let first = true;
  for (const entry of page.entries) {
    const text = `${first ? '' : ','}${item}${entry.revision}",`;
    first = false;
    texts.push(text);
    values.push(entry.value);
    size += text.length + entry.value.length - spliceAt;
    if (size < groupBytes) continue;
    yield joined(texts, values, size);
    texts = [];
    values = [];
    size = 0;
  }
  texts.push(']}\n');
  values.push(undefined);
  yield joined(texts, values, size + 3);
}

/** Texts (ASCII) and the spliced records that follow them, in one buffer. */
function joined(texts: readonly string[], values: readonly (Uint8Array | undefined)[], size: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = 0; i < texts.length; i++) {
    at += buffer.write(texts[i]!, at, 'latin1');
    const value = values[i];
    if (value === undefined) continue;
    buffer.set(value.subarray(spliceAt), at);
    at += value.length - spliceAt;
  }
  return buffer;
}

function listView(info: ResourceInfo, page: Page, media: Media, include: IncludeObject, nowMs: number): unknown {
  const objects = page.entries.map(entry => servedObject(info, entry, entry.revision));
  const metadata = listMeta(page);
  if (media.view === 'Table') return tableOf(info, objects, metadata, media.viewVersion, include, nowMs, true);
  if (media.view !== '') {
    const apiVersion = `meta.k8s.io/${media.viewVersion}`;
    const items = objects.map(object => partialMetadata(object, media.viewVersion));
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items };
  }
  const items = info.typedItems || media.format === 'protobuf' ? objects : objects.map(withoutType);
  return { kind: info.listKind, apiVersion: apiVersionOf(info), metadata, items };
}

/** Bytes as a body of known length, for answers that are not objects. */
export const bytesAnswer = (status: number, contentType: string, body: Body): Response => ({
  status,
  headers: { 'content-type': contentType },
  body,
});
