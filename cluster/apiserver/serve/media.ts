/** In which form a resource request is answered: what each endpoint offers, and what the client chose. */
import { header } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { listed, negotiate, objects, plainJson } from './negotiate.ts';
import type { Media, Offer } from './negotiate.ts';
import { includeObjectOf } from './table.ts';
import type { IncludeObject } from './table.ts';

const allViews = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;

export const oneOffer: Offer = { views: allViews, watch: false, protobuf: true, routed: objects };
export const listOffer: Offer = { views: allViews, watch: false, protobuf: true, routed: listed };
/** A collection that is deleted: a list, of which there is no stream. */
export const manyOffer: Offer = { ...listOffer, routed: objects };
export const watchOffer: Offer = { views: allViews, watch: true, protobuf: true, routed: listed };

const truths = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** Tools of the command line are read by people. Browsers are not meant: ours carry pages that ask for much. */
const isHuman = (userAgent: string | undefined): boolean => userAgent !== undefined && /^(curl|Wget)/.test(userAgent);

const isPretty = (context: RequestContext): boolean => {
  const pretty = context.query.get('pretty');
  if (pretty) return truths.has(pretty);
  return isHuman(header(context.request.headers, 'user-agent'));
};

const ofCustom = new Map<Offer, Offer>(
  [oneOffer, listOffer, manyOffer, watchOffer].map(offer => {
    const { routed: _routed, ...others } = offer;
    return [offer, { ...others, protobuf: 'views' }];
  }),
);

/** Custom resources have no protobuf form: who accepts JSON too gets that. @throws StatusError 406 */
export function mediaOf(context: RequestContext, offer: Offer, info?: ResourceInfo): Media {
  const accept = header(context.request.headers, 'accept');
  return negotiate(accept, (info?.typedItems && ofCustom.get(offer)) || offer, isPretty(context));
}

const errorOffer: Offer = { views: [], watch: false, protobuf: true };

/** The form of a Status that tells of an error: JSON where nothing else that is accepted can be served. */
export function errorMediaOf(context: RequestContext): Media {
  const accept = header(context.request.headers, 'accept') ?? '';
  try {
    return negotiate(accept, errorOffer, isPretty(context));
  } catch {
    return { ...plainJson, pretty: true };
  }
}

/** What rows of a Table carry of their objects; nobody else is asked. @throws StatusError 400 */
export const includeOf = (context: RequestContext, { view }: Media): IncludeObject =>
  view === 'Table' ? includeObjectOf(context.query.get('includeObject')) : 'Metadata';
