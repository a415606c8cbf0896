/** Conversion between the versions of a custom resource, by way of one of them: the hub (controller-runtime `webhook/conversion`). */
import { jsonAnswer, textAnswer, type Handler } from '@orrery/http';
import { parseApiVersion, type KubeObject } from '@orrery/machinery/meta';
import { deepFreeze } from '../cache.ts';
import { messageOf, readReview, type Review } from './review.ts';
import type { Webhook } from './types.ts';

/** How one version becomes the hub and back. Inputs are frozen. Of the metadata only labels and annotations of what is answered count. */
export interface Spoke {
  toHub(object: KubeObject): KubeObject;
  fromHub(hub: KubeObject): KubeObject;
}

export interface ConvertibleKind {
  readonly group: string;
  readonly kind: string;
  /** The version that all others convert to and from. */
  readonly hub: string;
  readonly spokes: Readonly<Record<string, Spoke>>;
}

/**
 * Converts an object to another version of its group. Throws an Error that names kind and version when there is no such version. Identity is
 * kept: the API server refuses conversions that change more metadata than labels and annotations.
 */
export function convert(kinds: readonly ConvertibleKind[], object: KubeObject, desired: string): KubeObject {
  const from = parseApiVersion(object.apiVersion ?? '');
  const to = parseApiVersion(desired);
  const known = kinds.find(({ group, kind }) => group === from.group && kind === object.kind);
  if (!known || to.group !== known.group) {
    throw new Error(`cannot convert ${object.kind} of ${object.apiVersion} to ${desired}: no such conversion`);
  }
  if (from.version === to.version) return object;
  const hub = from.version === known.hub ? object : keepIdentity(object, spokeOf(known, from.version).toHub(object));
  const converted = to.version === known.hub ? hub : spokeOf(known, to.version).fromHub(deepFreeze(hub));
  return { ...keepIdentity(object, converted), apiVersion: desired, kind: known.kind };
}

function spokeOf({ group, kind, spokes }: ConvertibleKind, version: string): Spoke {
  const spoke = Object.hasOwn(spokes, version) ? spokes[version] : undefined;
  if (!spoke) throw new Error(`cannot convert ${kind}: ${group} has no version ${version} that converts`);
  return spoke;
}

function keepIdentity(source: KubeObject, converted: KubeObject): KubeObject {
  const { labels: _labels, annotations: _annotations, ...identity } = source.metadata;
  const { labels, annotations } = converted.metadata ?? source.metadata;
  return { ...converted, metadata: { ...identity, ...(labels && { labels }), ...(annotations && { annotations }) } };
}

/** Answers ConversionReviews for any number of kinds. One object that cannot be converted fails the whole review, as the protocol wants. */
export function conversionWebhook(kinds: readonly ConvertibleKind[], path = '/convert'): Webhook {
  const handler: Handler = async request => {
    let review: Review;
    try {
      review = readReview(request);
    } catch (error) {
      return textAnswer(400, `${messageOf(error)}\n`);
    }
    const { apiVersion = 'apiextensions.k8s.io/v1', request: asked } = review;
    const { uid, desiredAPIVersion, objects } = asked as typeof asked & ConversionRequest;
    const answer = (response: object) =>
      jsonAnswer(200, { apiVersion, kind: 'ConversionReview', response: { uid, ...response } });
    try {
      const convertedObjects = objects.map(object => convert(kinds, deepFreeze(object), desiredAPIVersion));
      return answer({ convertedObjects, result: { status: 'Success' } });
    } catch (error) {
      return answer({ convertedObjects: [], result: { status: 'Failure', message: messageOf(error) } });
    }
  };
  return { path, handler };
}

interface ConversionRequest {
  readonly desiredAPIVersion: string;
  readonly objects: readonly KubeObject[];
}
