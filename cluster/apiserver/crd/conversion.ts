/** Conversion of custom resources by a webhook (apiextensions `apiserver/conversion`). */
import type { CustomResourceDefinition, WebhookConversion } from '@orrery/kinds/types';
import { validateAnnotations, validateLabels } from '@orrery/kinds/meta';
import { describe } from '@orrery/machinery/fieldpath';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import type { Callout } from '../callout/callout.ts';
import { CalloutError } from '../callout/words.ts';

/** What conversions of one definition share. */
export interface Conversions {
  /** Objects of one version in another, in order, pruned by the schema of that. @throws StatusError 500 in upstream's words */
  convert(objects: readonly KubeObject[], from: string, to: string): Promise<KubeObject[]>;
}

export interface ConversionOptions {
  readonly definition: CustomResourceDefinition;
  readonly callout: Callout;
  readonly random: Random;
  /** Takes away what the version's schema does not know. */
  prune(object: KubeObject, version: string): KubeObject;
}

/** As upstream's client to conversion webhooks. */
const timeoutMs = 30_000;
/** Reviews are kept below so many objects and bytes: longer lists become several. */
const objectsMax = 250;
const bytesMax = 4 * 1024 * 1024;
/** Answers may be larger than what was asked, within reason. */
const answerBytesMax = 4 * bytesMax;

export function conversionsOf({ definition, callout, random, prune }: ConversionOptions): Conversions {
  const { group, names, conversion } = definition.spec;
  const webhook = conversion!.webhook!;
  const review = async (objects: readonly KubeObject[], from: string, to: string): Promise<KubeObject[]> => {
    const apiVersion = `${group}/${to}`;
    const of = `conversion webhook for ${group}/${from}, Kind=${names.kind}`;
    const failed = (why: string): StatusError => new StatusError(500, undefined, why);
    const uid = random.uuid();
    const version = reviewVersionOf(webhook);
    if (version === undefined) throw failed('no supported conversion review versions');
    const body = reviewBody(version, uid, apiVersion, objects);
    const answer = await callout(webhook.clientConfig!, body, { timeoutMs, answerBytesMax }).catch((error: unknown) => {
      if (error instanceof CalloutError) throw failed(`${of} failed: ${error.message}`);
      throw error;
    });
    const converted = answeredObjects(answer, version, uid);
    if (typeof converted === 'string') throw failed(`${of} failed: ${converted}`);
    if (converted.length !== objects.length)
      throw failed(`${of} returned ${converted.length} objects, expected ${objects.length}`);
    return converted.map((object, at) => {
      const original = objects[at]!;
      const problem = convertedProblem(original, object, group, to, at);
      if (problem) throw failed(`${of} ${problem}`);
      const restored = restoreMetadata(original, object as KubeObject);
      if (typeof restored === 'string') throw failed(`${of} returned invalid metadata: ${restored}`);
      return prune(restored, to);
    });
  };
  return {
    async convert(objects, from, to) {
      if (from === to) return [...objects];
      const typed = objects.map(object => ({ ...object, kind: names.kind, apiVersion: `${group}/${from}` }));
      const converted: KubeObject[] = [];
      for (const part of partsOf(typed)) converted.push(...(await review(part, from, to)));
      return converted;
    },
  };
}

function* partsOf(objects: readonly KubeObject[]): Generator<readonly KubeObject[]> {
  let part: KubeObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = JSON.stringify(object).length;
    if (part.length > 0 && (part.length === objectsMax || bytes + size > bytesMax)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(object);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

const reviewVersionOf = ({ conversionReviewVersions }: WebhookConversion): 'v1' | 'v1beta1' | undefined =>
  conversionReviewVersions.find((version): version is 'v1' | 'v1beta1' => version === 'v1' || version === 'v1beta1');

const reviewBody = (
  version: string,
  uid: string,
  desiredAPIVersion: string,
  objects: readonly KubeObject[],
): object => ({
  kind: 'ConversionReview',
  apiVersion: `apiextensions.k8s.io/${version}`,
  request: { uid, desiredAPIVersion, objects },
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The objects of an answer, or why there are none. */
function answeredObjects(answer: unknown, version: string, uid: string): unknown[] | string {
  const { apiVersion, kind, response } = isRecord(answer) ? answer : {};
  if (version === 'v1') {
    const expected = 'apiextensions.k8s.io/v1';
    if (apiVersion !== expected || kind !== 'ConversionReview')
      return `expected webhook response of ${expected}, Kind=ConversionReview, got ${shownKind(apiVersion, kind)}`;
  }
  if (!isRecord(response)) return 'no response provided';
  if (version === 'v1' && response.uid !== uid)
    return `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(response.uid).slice(0, 100))}`;
  const { status, message } = isRecord(response.result) ? response.result : {};
  if (status !== 'Success')
    return text(message) || `response.result.status was '${text(status).slice(0, 100)}', not 'Success'`;
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

function shownKind(apiVersion: unknown, kind: unknown): string {
  const version = text(apiVersion).slice(0, 100);
  return `${version.includes('/') ? version : `/${version}`}, Kind=${text(kind).slice(0, 100)}`;
}

/** What is wrong with one converted object: it must be the same one, in the version that was asked for. */
function convertedProblem(
  original: KubeObject,
  converted: unknown,
  group: string,
  version: string,
  at: number,
): string | undefined {
  const where = `returned invalid object at index ${at}`;
  if (!isRecord(converted)) return `${where}: it is no object`;
  const { apiVersion, kind } = converted;
  const expected = `${group}/${version}`;
  if (apiVersion !== expected)
    return `${where}: invalid groupVersion (expected ${expected}, received ${text(apiVersion)})`;
  if (kind !== original.kind) return `${where}: invalid kind (expected ${original.kind}, received ${text(kind)})`;
  if (converted.metadata === undefined) return `returned invalid metadata: missing metadata in converted object`;
  if (!isRecord(converted.metadata)) return `returned invalid metadata: invalid metadata in converted object`;
  const metadata = converted.metadata as Partial<ObjectMeta>;
  for (const [field, name] of identity) {
    const [before, after] = [original.metadata[field] ?? '', metadata[field] ?? ''];
    if (before !== after) return `returned invalid object: must have the same ${name}: ${before} != ${text(after)}`;
  }
  return undefined;
}

const identity = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const;

/** The object with its own metadata, of which only labels and annotations may be new; or what is wrong with those. */
function restoreMetadata(original: KubeObject, converted: KubeObject): KubeObject | string {
  const { labels: _labels, annotations: _annotations, ...kept } = cloneJson(original.metadata);
  const metadata: ObjectMeta = kept;
  for (const field of ['labels', 'annotations'] as const) {
    const given: unknown = converted.metadata[field];
    if (given === undefined || given === null) continue;
    if (!isRecord(given)) return `invalid metadata.${field} in converted object`;
    for (const [key, value] of Object.entries(given))
      if (typeof value !== 'string') return `metadata.${field}[${key}] must be a string in converted object`;
    metadata[field] = given as Record<string, string>;
  }
  const problems = [
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'metadata.annotation'),
  ];
  if (problems.length > 0) return problems.map(describe).join(', ');
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = converted;
  return { ...rest, metadata } as KubeObject;
}
