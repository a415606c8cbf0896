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

/** The value in a protobuf body. @throws StatusError 400 for bytes that are no such object. */
export const decodeProtobuf = (body: Uint8Array): unknown => fromProtobuf(body);
