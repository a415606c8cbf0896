/** Objects as Kubernetes' protobuf. */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';

/** The object in upstream's envelope (`k8s\0` and `runtime.Unknown`). @throws StatusError 406 while no codec is known. */
export function encodeProtobuf(_object: KubeObject): Uint8Array {
  throw new StatusError(406, 'NotAcceptable', 'the server cannot write protobuf');
}

/** The value in a protobuf body. @throws StatusError 415 while no codec is known. */
export function decodeProtobuf(_body: Uint8Array): unknown {
  throw new StatusError(415, 'UnsupportedMediaType', 'the server cannot read protobuf');
}
