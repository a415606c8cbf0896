/** In which form a resource request is answered: what each endpoint offers, and what the client chose. */
import { header } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { negotiate } from './negotiate.ts';
import type { Media, Offer } from './negotiate.ts';

export const oneOffer: Offer = {
  views: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'],
  watch: false,
  protobuf: true,
};
export const listOffer: Offer = { views: ['Table', 'PartialObjectMetadataList'], watch: false, protobuf: true };
export const watchOffer: Offer = {
  views: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'],
  watch: true,
  protobuf: false,
};

const isPretty = (context: RequestContext): boolean => {
  const pretty = context.query.get('pretty');
  return pretty === 'true' || pretty === '1';
};

const withoutProtobuf = new Map<Offer, Offer>(
  [oneOffer, listOffer, watchOffer].map(offer => [offer, { ...offer, protobuf: false }]),
);

/** Custom resources have no protobuf form: who accepts JSON too gets that. */
const offerOf = (offer: Offer, info: ResourceInfo | undefined, accept: string): Offer =>
  info?.typedItems && !accept.includes('as=') ? (withoutProtobuf.get(offer) ?? offer) : offer;

/** @throws StatusError 406 */
export function mediaOf(context: RequestContext, offer: Offer, info?: ResourceInfo): Media {
  const accept = header(context.request.headers, 'accept');
  return negotiate(accept, offerOf(offer, info, accept ?? ''), isPretty(context));
}
