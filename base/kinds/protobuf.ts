/**
 * Kubernetes' protobuf form of every kind, from the numbers in the catalogue (content type `application/vnd.kubernetes.protobuf`,
 * apimachinery `serializer/protobuf`). Objects here are in their JSON form; what protobuf writes otherwise (times, quantities, bytes)
 * is turned on the way.
 */
import { decode, encode, message, type AnyMessage } from '@orrery/machinery/protobuf';
import { parseApiVersion } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import { catalogue } from './catalogue.ts';
import { discoveryList } from './protobuf/discovery.ts';
import { tableOf } from './protobuf/tables.ts';
import { isProtobuf, magic } from './protobuf/envelope.ts';

const typeMeta = message('TypeMeta', [
  [1, 'apiVersion', 'string'],
  [2, 'kind', 'string'],
]);

const unknown = message('Unknown', [
  [1, 'typeMeta', typeMeta],
  [2, 'raw', 'bytes'],
  [3, 'contentEncoding', 'string'],
  [4, 'contentType', 'string'],
]);

/** Kinds that are sent but not served, in any group and version. */
const commonTypes: Readonly<Record<string, string>> = {
  DeleteOptions: 'meta.v1.DeleteOptions',
  Status: 'meta.v1.Status',
  APIVersions: 'meta.v1.APIVersions',
  APIGroupList: 'meta.v1.APIGroupList',
  APIGroup: 'meta.v1.APIGroup',
  APIResourceList: 'meta.v1.APIResourceList',
};

/** The type of a kind, e.g. `apps.v1.DeploymentList`; undefined for kinds that have no protobuf form (custom resources). */
export function typeOf(apiVersion: string, kind: string): string | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const served =
    catalogue.byKind({ group, version, kind }) ?? catalogue.byKind({ group, version, kind: kind.replace(/List$/, '') });
  const named = served ? served.type.slice(0, served.type.lastIndexOf('.') + 1) + kind : undefined;
  const subresource = catalogue.kinds
    .filter(
      each =>
        each.group === group || group === 'autoscaling' || group === 'policy' || group === 'authentication.k8s.io',
    )
    .flatMap(each => each.subresources)
    .find(each => each.kind.kind === kind && each.kind.group === group && each.kind.version === version);
  const guess =
    named ?? (subresource && `${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`) ?? commonTypes[kind];
  return guess && catalogue.file.types[guess] ? guess : undefined;
}

const discovery = /^apidiscovery\.k8s\.io\/v2(beta1)?$/;

function messageOf(apiVersion: string, kind: string): AnyMessage | undefined {
  if (kind === 'APIGroupDiscoveryList' && discovery.test(apiVersion)) return discoveryList;
  const type = typeOf(apiVersion, kind);
  return type === undefined ? undefined : tableOf(type);
}

/**
 * An object from its envelope.
 * @throws StatusError 400 when the bytes are no such envelope, or the kind has no protobuf form.
 */
export function fromProtobuf(bytes: Uint8Array): Record<string, unknown> {
  if (!isProtobuf(bytes))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    const { typeMeta: meta = {}, raw = new Uint8Array() } = decode(unknown, bytes.subarray(magic.length));
    const { apiVersion = '', kind = '' } = meta;
    const table = messageOf(apiVersion, kind);
    if (table === undefined)
      throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in protobuf`);
    const { kind: _kind, apiVersion: _version, ...rest } = decode(table, raw) as Record<string, unknown>;
    return { kind, apiVersion, ...rest };
  } catch (error) {
    if (error instanceof Error && error.name === 'StatusError') throw error;
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

/** The envelope of an object that names its kind; undefined when the kind has no protobuf form. */
export function toProtobuf(object: { readonly apiVersion?: string; readonly kind?: string }): Uint8Array | undefined {
  const { apiVersion = '', kind = '' } = object;
  const table = messageOf(apiVersion, kind);
  return table && envelope(apiVersion, kind, encode(table, object as never));
}

function envelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const body = encode(unknown, { typeMeta: { apiVersion, kind }, raw, contentEncoding: '', contentType: '' });
  const whole = new Uint8Array(magic.length + body.length);
  whole.set(magic);
  whole.set(body, magic.length);
  return whole;
}

/** A list without parsing its parts twice: the kind of the list, its metadata, and each item's object. */
export function listToProtobuf(
  apiVersion: string,
  kind: string,
  metadata: object,
  items: readonly object[],
): Uint8Array | undefined {
  return toProtobuf({ apiVersion, kind, metadata, items } as never);
}

const watchEvent = message('WatchEvent', [
  [1, 'type', 'string'],
  [2, 'object', message('RawExtension', [[1, 'raw', 'bytes']])],
]);

/** One frame of a watch (`;stream=watch`): the length in four bytes, then an event whose object is an envelope. */
export function watchFrame(type: string, object: Uint8Array): Uint8Array {
  const body = encode(watchEvent, { type, object: { raw: object } });
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}
