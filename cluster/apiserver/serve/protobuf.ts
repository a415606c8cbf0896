/** Objects as Kubernetes' protobuf. */
import { fromProtobuf, toProtobuf } from '@orrery/kinds/protobuf';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';

/** The object in upstream's envelope (`k8s\0` and `runtime.Unknown`). @throws StatusError 406 for kinds without a protobuf form. */
export function encodeProtobuf(object: KubeObject): Uint8Array {
  const bytes = toProtobuf(object);
  if (bytes === undefined) {
    const accepted = 'application/json, application/yaml';
    throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted}`);
  }
  return bytes;
}

/** The value without absent fields that are present as undefined: JSON knows no such thing. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutUndefined(part)]));
}

/** The value in a protobuf body. @throws StatusError 400 for bytes that are no such object. */
export const decodeProtobuf = (body: Uint8Array): unknown => withoutUndefined(fromProtobuf(body));
