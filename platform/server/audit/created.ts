/** What a creation made, read from its answer: JSON, a table or protobuf; else as far as the request names it. Pure. */
import { header, isStream, joinBytes, type Body, type Request, type Response } from '@orrery/http';
import { ProtobufError, decode, mapOf, message } from '@orrery/machinery/protobuf';

/** Of an object what a record says. */
export interface Made {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly reason?: string;
  readonly message?: string;
}

export const objectIn = (object: unknown): Made =>
  typeof object === 'object' && object !== null && !Array.isArray(object) ? (object as Made) : {};

const bytesMax = 4 * 1024 * 1024;
const text = new TextDecoder('utf-8', { fatal: true });

const bytesOf = (body: Body | undefined): Uint8Array | undefined => {
  if (body === undefined || isStream(body)) return undefined;
  const bytes = body instanceof Uint8Array ? body : joinBytes(body);
  return bytes.length === 0 || bytes.length > bytesMax ? undefined : bytes;
};

function fromJson(bytes: Uint8Array | undefined): Made {
  if (bytes === undefined || bytes[0] !== 0x7b) return {};
  try {
    return objectIn(JSON.parse(text.decode(bytes)));
  } catch {
    return {};
  }
}

/** Every object begins with its metadata: of which kind it is need not be known. */
const envelope = message('Unknown', [
  [1, 'typeMeta', message('TypeMeta', [[2, 'kind', 'string']])],
  [2, 'raw', 'bytes'],
]);
const named = message('Object', [
  [
    1,
    'metadata',
    message('ObjectMeta', [
      [1, 'name', 'string'],
      [11, 'labels', mapOf('string', 'string')],
    ]),
  ],
]);
const magicText = 'k8s\0';

function fromProtobuf(bytes: Uint8Array | undefined): Made {
  if (bytes === undefined || [...magicText].some((letter, at) => bytes[at] !== letter.charCodeAt(0))) return {};
  try {
    const { typeMeta, raw = new Uint8Array() } = decode(envelope, bytes.subarray(magicText.length));
    const kind = typeMeta?.kind ?? '';
    // The metadata of a status names nothing.
    return kind === 'Status' ? { kind } : { kind, ...(decode(named, raw) as Pick<Made, 'metadata'>) };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return {};
  }
}

const isZipped = ({ headers }: Response): boolean =>
  !['', 'identity'].includes(header(headers, 'content-encoding') ?? '');

/** A table of one row holds the object or its metadata. */
function inTable(made: Made): Made {
  const [row] = (made as { rows?: readonly { object?: unknown }[] }).rows ?? [];
  return made.kind === 'Table' ? objectIn(row?.object) : made;
}

/** Of an answer in whatever form it has; empty for one that is read by nobody here. */
export function answered(response: Response): Made {
  if (response.object !== undefined) return inTable(objectIn(response.object));
  if (isZipped(response)) return {};
  const bytes = bytesOf(response.body);
  const made = fromJson(bytes);
  return inTable(made.kind === undefined && made.metadata === undefined ? fromProtobuf(bytes) : made);
}

const nameMax = 253;

/** A status tells of what was done, and has no name of its own. */
export function nameOf({ kind, metadata }: Made): string | undefined {
  const name: unknown = kind === 'Status' ? undefined : metadata?.name;
  return typeof name === 'string' && name !== '' && name.length <= nameMax ? name : undefined;
}

const plain = /^[A-Za-z0-9][-A-Za-z0-9._:@]*$/;

/** The name that the client chose; nothing that is no name, since a record is not a place to put things. */
export function wishedName({ body }: Request): string | undefined {
  const bytes = bytesOf(body);
  const found = fromJson(bytes).metadata?.name ?? fromProtobuf(bytes).metadata?.name;
  return typeof found === 'string' && found.length <= nameMax && plain.test(found) ? found : undefined;
}
