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

const formats: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
  '': 'json',
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

/** The members of an Accept header, best first; equals stay in order. */
export function parseAccept(header: string): AcceptClause[] {
  return header
    .split(',')
    .map(member => {
      const [type = '', ...rest] = member.split(';').map(part => part.trim());
      const parameters: Record<string, string> = {};
      for (const text of rest) {
        const equals = text.indexOf('=');
        if (equals > 0) parameters[text.slice(0, equals).toLowerCase()] = text.slice(equals + 1).replace(/^"|"$/g, '');
      }
      return {
        type: type.toLowerCase(),
        parameters,
        quality: parameters.q === undefined ? 1 : Number(parameters.q) || 0,
      };
    })
    .filter(clause => clause.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function viewOf({
  as = '',
  g = '',
  v = '',
}: Readonly<Record<string, string>>): { view: View; version: string } | undefined {
  if (as === '') return { view: '', version: 'v1' };
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { view: as, version: v };
}

/** What an endpoint can serve besides JSON, YAML and protobuf objects. */
export interface Offer {
  readonly views: readonly View[];
  readonly watch: boolean;
  readonly protobuf: boolean;
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

function chosen(header: string, offer: Offer): Media {
  let known = false;
  for (const { type, parameters } of parseAccept(header)) {
    const format = formats[type];
    if (format === undefined || (format === 'protobuf' && !offer.protobuf) || (format === 'yaml' && offer.watch))
      continue;
    known = true;
    const view = viewOf(parameters);
    if (view === undefined || (view.view !== '' && !offer.views.includes(view.view))) continue;
    return { format, view: view.view, viewVersion: view.version, pretty: false };
  }
  throw known ? unknownView() : notAcceptable();
}

const unknownView = (): StatusError =>
  new StatusError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${available.slice(0, 3).join(', ')}`,
  );

const available = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
];

const notAcceptable = (): StatusError =>
  new StatusError(
    406,
    'NotAcceptable',
    `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`,
    {},
  );
