/** Stored bytes become answers: spliced for JSON, parsed only where another form is asked for. */
import type { Headers, Response } from '@orrery/http';
import { errorAnswer } from '@orrery/http';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { StatusError } from '@orrery/machinery/status';
import { toYaml } from '@orrery/machinery/yaml';
import type { RequestContext } from '../chain/context.ts';
import { freshValue } from '../registry/fresh.ts';
import type { Stored } from '../registry/fresh.ts';
import { encodeJson, encodeText } from '../registry/json.ts';
import { parseEntry } from '../registry/objects.ts';
import { spliceAt } from '../registry/record.ts';
import { prefixesOf, splice } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { errorMediaOf } from './media.ts';
import { contentTypes } from './negotiate.ts';
import type { Media } from './negotiate.ts';
import { partialMetadata } from './partial.ts';
import { encodeProtobuf } from './protobuf.ts';
import { tableOf } from './table.ts';
import type { IncludeObject } from './table.ts';

export const noCache = 'no-cache, private';

/** The bytes of an object that is not stored, in the form asked for. */
export function encodeObject(object: unknown, media: Media): Uint8Array {
  switch (media.format) {
    case 'yaml':
      return encodeText(toYaml(object));
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

/** An error as its Status, in the form that the client accepts. */
export function answerStatus(context: RequestContext, error: StatusError): Response {
  const media = errorMediaOf(context);
  if (media.format === 'json' && !media.pretty) return errorAnswer(error);
  const status = error.toStatus();
  const delay = status.details?.retryAfterSeconds;
  const answer = answerObject(status.code, status, media);
  return delay ? { ...answer, headers: { ...answer.headers, 'retry-after': String(delay) } } : answer;
}

/** The object of a record as served: kind, apiVersion, version and conversion. */
export function servedObject(info: ResourceInfo, entry: Stored, revision: number): KubeObject {
  const stored = parseEntry({ value: freshValue(info, entry) }, revision);
  const object = info.conversion ? info.conversion.fromStored(stored) : stored;
  return { kind: info.kind, apiVersion: apiVersionOf(info), ...withoutType(object) };
}

/** Adds kind and apiVersion to an object of the stored version that was just written. */
export function servedWritten(info: ResourceInfo, object: KubeObject): KubeObject {
  const converted = info.conversion ? info.conversion.fromStored(cloneJson(object)) : object;
  return { kind: info.kind, apiVersion: apiVersionOf(info), ...withoutType(converted) };
}

export function withoutType({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubeObject): KubeObject {
  return rest;
}

/** Whether stored bytes can be served as they are. */
export const isPlain = (info: ResourceInfo, media: Media): boolean =>
  media.format === 'json' && media.view === '' && !media.pretty && info.conversion === undefined;

const itemEnd = encodeText('\n');

/** The answer for one record. `revision` 0 (a dry run) leaves resourceVersion out. */
export function answerEntry(
  info: ResourceInfo,
  entry: Stored,
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
      body: [head, freshValue(info, entry).subarray(spliceAt), itemEnd],
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
