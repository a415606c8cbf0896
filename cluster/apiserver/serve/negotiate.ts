/** Which form of an answer the client wants (apiserver `endpoints/handlers/negotiation`). Pure, with a small memory. */
import { StatusError } from '@orrery/machinery/status';

export type Format = 'json' | 'yaml' | 'protobuf';
export type View = '' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Media {
  readonly format: Format;
  /** Empty for the object itself. */
  readonly view: View;
  /** The version of the view: `v1` or `v1beta1` of meta.k8s.io. */
  readonly viewVersion: string;
  readonly pretty: boolean;
}

export const plainJson: Media = { format: 'json', view: '', viewVersion: 'v1', pretty: false };

export const formats: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};

export const contentTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** One member of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

const isWild = (part: string): number => (part === '*' ? 1 : 0);

/** A type that names more goes before one with a `*` where both are as welcome. */
function byWelcome(a: AcceptClause, b: AcceptClause): number {
  if (a.quality !== b.quality) return b.quality - a.quality;
  const [aMain = '', aSub = ''] = a.type.split('/');
  const [bMain = '', bSub = ''] = b.type.split('/');
  return isWild(aMain) - isWild(bMain) || isWild(aSub) - isWild(bSub);
}

/** The members of an Accept header, best first; equals stay in order. What is no type is left out. */
export function parseAccept(header: string): AcceptClause[] {
  return header
    .split(',')
    .map(member => {
      const [type = '', ...rest] = member.split(';').map(part => part.trim());
      const parameters: Record<string, string> = {};
      for (const text of rest) {
        const [name = '', value = '', more] = text.split('=');
        if (value !== '' && more === undefined) parameters[name.trim()] = value.trim();
      }
      const quality = parameters.q === undefined ? 1 : Number(parameters.q) || 0;
      return { type: type === '*' ? '*/*' : type, parameters, quality };
    })
    .filter(({ type }) => type.split('/').length === 2)
    .sort(byWelcome);
}

/** The view that a member asks for; undefined for one that nobody can serve. */
function viewOf(parameters: Readonly<Record<string, string>>): { view: View; version: string } | undefined {
  const { as, g, v } = parameters;
  if (as === undefined && g === undefined && v === undefined) return { view: '', version: 'v1' };
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { view: as, version: v };
}

/** What an endpoint can serve besides JSON and YAML objects. */
export interface Offer {
  readonly views: readonly View[];
  readonly watch: boolean;
  /** `views`: views alone, as the objects have no such form. */
  readonly protobuf: boolean | 'views';
  /** The types that upstream's router asks for first, before it looks at parameters; custom resources know no router. */
  readonly routed?: readonly string[];
}

const remembered = new WeakMap<Offer, Map<string, Media>>();
/** Clients repeat themselves: this many Accept headers are kept. */
const maxRemembered = 64;

/** @throws StatusError 406 when nothing that is accepted can be served. */
export function negotiate(accept: string | undefined, offer: Offer, pretty = false): Media {
  const header = accept ?? '';
  let known = remembered.get(offer);
  if (known === undefined) remembered.set(offer, (known = new Map()));
  let media = known.get(header);
  if (media === undefined) {
    media = chosen(header, offer);
    if (known.size >= maxRemembered) known.clear();
    known.set(header, media);
  }
  return pretty && media.format === 'json' ? { ...media, pretty } : media;
}

/** The router compares texts: case, and a `*` behind a type, mean nothing to it. */
const passesRouter = (header: string, routed: readonly string[]): boolean =>
  header.split(',').some(member => {
    const type = member.split(';')[0]!.trim();
    return type === '*/*' || routed.includes(type);
  });

function chosen(header: string, offer: Offer): Media {
  if (header === '') return plainJson;
  if (offer.routed && !passesRouter(header, offer.routed)) throw notRouted(offer.routed);
  for (const { type, parameters } of parseAccept(header)) {
    const format = formats[type];
    const found = format && viewOf(parameters);
    if (format === undefined || found === undefined || !serves(offer, format, found.view)) continue;
    const { stream } = parameters;
    if (stream !== undefined && (stream !== 'watch' || format === 'yaml')) continue;
    if (offer.watch && format === 'yaml') throw notAcceptable(streamed);
    return { format, view: found.view, viewVersion: found.version, pretty: parameters.pretty === '1' };
  }
  throw notAcceptable(objects);
}

function serves({ views, protobuf }: Offer, format: Format, view: View): boolean {
  if (view !== '' && !views.includes(view)) return false;
  if (format !== 'protobuf') return true;
  return view === '' ? protobuf === true : protobuf !== false && view !== 'Table';
}

/** What single objects, and what lists are served as. */
export const objects = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const streamed = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
export const listed = [...objects, ...streamed];

const notAcceptable = (types: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);

const notRouted = (types: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {});
