/** Serves discovery from documents that are built once per change of the resources. */
import { createHash } from 'node:crypto';
import type { Response } from '@orrery/http';
import { header } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';
import { encodeJson } from '../registry/json.ts';
import type { Registered } from '../aggregation/aggregator.ts';
import type { Resources } from '../registry/resources.ts';
import { absent, methodNotAllowed } from '../serve/errors.ts';
import { contentTypes, formats, negotiate, objects, parseAccept, plainJson } from '../serve/negotiate.ts';
import type { Format, Offer } from '../serve/negotiate.ts';
import { answerObject, encodeObject } from '../serve/render.ts';
import { aggregated, groupEntry, groupList, groupsOf, legacyVersions, resourceList } from './documents.ts';
import type { Groups } from './documents.ts';

/** What the aggregator answers itself. */
const offer: Offer = { views: [], watch: false, protobuf: true };
/** What stands behind upstream's router. */
const routed: Offer = { ...offer, routed: objects };

interface Built {
  readonly revision: string;
  readonly groups: Groups;
  readonly aggregated: Map<string, { bytes: Uint8Array; etag: string }>;
}

/** Which form of the one document is asked for. */
interface Aggregated {
  readonly version: string;
  readonly format: Format;
}

/** The form that comes first among what is accepted; undefined for the plain documents. */
function aggregatedForm(accept: string): Aggregated | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    const format = formats[type];
    if (format === undefined) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return undefined;
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1'))
      return { version: v, format };
  }
  return undefined;
}

/** Answers `/api`, `/apis` and below; undefined for any other path. `serverAddress` is told to clients of `/api`. */
export function createDiscovery(
  resources: Resources,
  registered: Registered,
  serverAddress: () => string,
): (context: RequestContext) => Response | undefined {
  let built: Built | undefined;
  const current = (): Built => {
    const revision = `${resources.revision} ${registered.revision}`;
    if (built?.revision !== revision) {
      built = { revision, groups: groupsOf(resources.all(), registered), aggregated: new Map() };
    }
    return built;
  };
  return context => {
    const parts = context.info.path.split('/').filter(part => part !== '');
    const [prefix, first, second] = parts;
    if (prefix !== 'api' && prefix !== 'apis') return undefined;
    if (parts.length > 3 || (prefix === 'api' && parts.length > 2)) return undefined;
    if (context.request.method !== 'GET' && context.request.method !== 'HEAD') throw methodNotAllowed();
    const { groups } = current();
    if (first === undefined) {
      const form = aggregatedForm(header(context.request.headers, 'accept') ?? '');
      if (form !== undefined) return answerAggregated(context, current(), prefix === 'api', form);
      if (prefix === 'apis') return answer(context, groupList(groups), offer);
      return answer(context, legacyVersions(serverAddress()), routed);
    }
    const group = prefix === 'api' ? '' : first;
    const version = prefix === 'api' ? first : second;
    const versions = groups.get(group)?.versions;
    if (versions === undefined) return absent(resources, group);
    if (version === undefined)
      return answer(context, { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, versions.keys()) }, offer);
    const found = versions.get(version);
    // What another server answers does not come this far.
    if (found === undefined || 'isStale' in found) return absent(resources, group);
    return answer(context, resourceList(group, version, found), resources.isBuiltIn(group) ? routed : offer);
  };
}

function answer(context: RequestContext, document: object, offered: Offer): Response {
  const media = negotiate(header(context.request.headers, 'accept'), offered);
  // The list of the core group names no version of itself in JSON; an envelope does.
  return answerObject(200, media.format === 'protobuf' ? { ...document, apiVersion: 'v1' } : document, media);
}

function answerAggregated(
  context: RequestContext,
  { aggregated: made, groups }: Built,
  legacy: boolean,
  { version, format }: Aggregated,
): Response {
  const key = `${legacy} ${version} ${format}`;
  let document = made.get(key);
  if (document === undefined) {
    const content = aggregated(groups, legacy, version);
    // Whatever it is sent as, it is known by its JSON.
    const etag = `"${createHash('sha512').update(encodeJson(content)).digest('hex').toUpperCase()}"`;
    made.set(key, (document = { bytes: encodeObject(content, { ...plainJson, format }), etag }));
  }
  const headers = {
    'content-type': `${contentTypes[format]};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    etag: document.etag,
    vary: 'Accept',
    'cache-control': 'public',
  };
  if (header(context.request.headers, 'if-none-match') === document.etag) return { status: 304, headers };
  return { status: 200, headers, body: document.bytes };
}
