/**
 * Lists as bodies. Stored bytes are joined; other views are made entry by entry in slices, so that a long list neither holds the
 * event loop nor lies in memory as a whole.
 */
import { createGzip } from 'node:zlib';
import type { Response, Sink, StreamBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { Entry } from '@orrery/store';
import { freshValue } from '../registry/fresh.ts';
import { encodeText } from '../registry/json.ts';
import type { Page } from '../registry/list.ts';
import { spliceAt } from '../registry/record.ts';
import { prefixesOf } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { Turns } from '../registry/turns.ts';
import { writeAndDrain } from '../registry/watch.ts';
import { contentTypes } from './negotiate.ts';
import type { Media } from './negotiate.ts';
import { partialMetadata } from './partial.ts';
import { encodeObject, isPlain, noCache, servedObject, withoutType } from './render.ts';
import { rowOf, tableOf } from './table.ts';
import type { IncludeObject } from './table.ts';

/** Bodies below this many bytes are not compressed (as upstream). */
const compressFrom = 128 * 1024;
/** Longer lists are not laid out for the eye: that is made as a whole. */
const prettyMax = 1000;
/** Lists are written in groups of about this many bytes, waiting for the client in between. */
const groupBytes = 512 * 1024;

/** What a list is asked for as. */
export interface ListRequest {
  readonly info: ResourceInfo;
  readonly page: Page;
  readonly media: Media;
  readonly include: IncludeObject;
  readonly clock: Clock;
  readonly acceptEncoding: string | undefined;
}

/** Lists of custom resources always say where they go on, if only with an empty text. */
const listMeta = (page: Page, info?: ResourceInfo): Record<string, unknown> => ({
  resourceVersion: String(page.revision),
  ...((page.continue !== '' || info?.typedItems) && { continue: page.continue }),
  ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
});

/** The answer for a page of records. */
export async function answerList(asked: ListRequest): Promise<Response> {
  const { acceptEncoding } = asked;
  const page = inOrder(asked);
  const pretty = page.entries.length > prettyMax ? false : asked.media.pretty;
  const media = { ...asked.media, pretty };
  const request = { ...asked, page, media };
  const headers: Record<string, string> = { 'content-type': contentTypes[media.format], 'cache-control': noCache };
  const size = sizeOf(page);
  const groups = groupsOf(request);
  const gzip = size >= compressFrom && acceptEncoding !== undefined && /\bgzip\b/.test(acceptEncoding);
  if (gzip)
    return {
      status: 200,
      headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
      body: compressed(groups),
    };
  if (size > groupBytes) return { status: 200, headers, body: { start: sink => void writeGroups(sink, groups) } };
  return { status: 200, headers, body: await Array.fromAsync(groups) };
}

/** Rows of some kinds have an order of their own. */
function inOrder({ info, page, media }: ListRequest): Page {
  const { order } = info.table;
  if (media.view !== 'Table' || !order) return page;
  const rows = page.entries.map(entry => ({ entry, object: servedObject(info, entry, entry.revision) }));
  rows.sort((a, b) => order(a.object, b.object));
  return { ...page, entries: rows.map(({ entry }) => entry) };
}

/** About how many bytes a page is, exact enough to tell whether it is more than a group. */
function sizeOf({ entries }: Page): number {
  let size = 256;
  for (const { value } of entries) {
    size += value.length + 48;
    if (size > groupBytes) break;
  }
  return size;
}

function groupsOf(request: ListRequest): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  const { info, page, media, include, clock } = request;
  if (isPlain(info, media)) return splicedGroups(info, page);
  if (media.format === 'json' && !media.pretty) return textGroups(request);
  return [encodeObject(wholeList(info, page, media, include, clock.now()), media)];
}

type Groups = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

async function writeGroups(sink: Sink, groups: Groups): Promise<void> {
  try {
    for await (const group of groups) {
      if (sink.closed) return;
      const wait = writeAndDrain(sink, group);
      if (wait) await wait;
    }
    sink.end();
  } catch {
    // The head is sent: only a broken stream tells the client that something is missing.
    sink.destroy();
  }
}

const compressed = (groups: Groups): StreamBody => ({
  start(sink) {
    const gzip = createGzip({ level: 1 });
    gzip.on('data', (chunk: Buffer) => {
      if (!sink.write(chunk)) gzip.pause();
    });
    sink.onDrain(() => gzip.resume());
    sink.onClose(() => gzip.destroy());
    gzip.on('end', () => sink.end());
    gzip.on('error', () => sink.destroy());
    void feed(gzip, groups, sink);
  },
});

async function feed(gzip: ReturnType<typeof createGzip>, groups: Groups, sink: Sink): Promise<void> {
  try {
    for await (const group of groups) {
      if (gzip.destroyed) return;
      if (gzip.write(group)) continue;
      await new Promise<void>(resolve => {
        gzip.once('drain', resolve);
        gzip.once('close', resolve);
      });
    }
    gzip.end();
  } catch {
    sink.destroy();
  }
}

/** Stored bytes as joined buffers: the list's head, then groups of items, then its end. */
function* splicedGroups(info: ResourceInfo, page: Page): Generator<Uint8Array> {
  const { item } = prefixesOf(info);
  const head = `{"kind":"${info.listKind}","apiVersion":"${apiVersionOf(info)}","metadata":${JSON.stringify(listMeta(page, info))},"items":[`;
  let texts = [head];
  let values: (Uint8Array | undefined)[] = [undefined];
  let size = head.length;
  let separator = '';
  for (const entry of page.entries) {
    const text = `${separator}${item}${entry.revision}",`;
    separator = ',';
    texts.push(text);
    const value = freshValue(info, entry);
    values.push(value);
    size += text.length + value.length - spliceAt;
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

/** The list as one object: for YAML, protobuf and pretty JSON, which are not made in parts. */
function wholeList(info: ResourceInfo, page: Page, media: Media, include: IncludeObject, nowMs: number): unknown {
  const objects = page.entries.map(entry => servedObject(info, entry, entry.revision));
  const metadata = listMeta(page, media.view === '' ? info : undefined);
  if (media.view === 'Table') return tableOf(info, objects, metadata, media.viewVersion, include, nowMs, true);
  if (media.view !== '') {
    const items = objects.map(object => partialMetadata(object, media.viewVersion));
    return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${media.viewVersion}`, metadata, items };
  }
  const items = info.typedItems || media.format === 'protobuf' ? objects : objects.map(withoutType);
  return { kind: info.listKind, apiVersion: apiVersionOf(info), metadata, items };
}

/** The text of a list without its items, and of each item. */
interface ListText {
  /** An object whose last field is the empty list. */
  readonly frame: unknown;
  item(entry: Entry): unknown;
}

function textOf({ info, page, media, include, clock }: ListRequest): ListText {
  const { viewVersion } = media;
  const metadata = listMeta(page, media.view === '' ? info : undefined);
  const served = (entry: Entry) => servedObject(info, entry, entry.revision);
  if (media.view === 'Table') {
    const nowMs = clock.now();
    return {
      frame: tableOf(info, [], metadata, viewVersion, include, nowMs, true),
      item: entry => rowOf(info, served(entry), viewVersion, include, nowMs),
    };
  }
  if (media.view !== '') {
    return {
      frame: { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${viewVersion}`, metadata, items: [] },
      item: entry => partialMetadata(served(entry), viewVersion),
    };
  }
  return {
    frame: { kind: info.listKind, apiVersion: apiVersionOf(info), metadata, items: [] },
    item: entry => (info.typedItems ? served(entry) : withoutType(served(entry))),
  };
}

async function* textGroups(request: ListRequest): AsyncGenerator<Uint8Array> {
  const { clock, page } = request;
  const { frame, item } = textOf(request);
  let text = JSON.stringify(frame).slice(0, -2);
  let separator = '';
  const turns = new Turns(clock);
  for (const entry of page.entries) {
    text += separator + JSON.stringify(item(entry));
    separator = ',';
    if (text.length >= groupBytes) {
      yield encodeText(text);
      text = '';
    }
    const turn = turns.next();
    if (turn) await turn;
  }
  yield encodeText(`${text}]}\n`);
}
