/**
 * Protocol buffers without code generation: a message is a table of rows, values are plain objects. One codec for CRI, containerd,
 * etcd and Kubernetes' own protobuf.
 */
export {
  enumeration,
  mapOf,
  message,
  oneOf,
  repeated,
  surfaced,
  type AnyMessage,
  type Enumeration,
  type FieldType,
  type Message,
  type Row,
  type Scalar,
  type Surface,
  type ValueOf,
} from './protobuf/table.ts';
export { encode } from './protobuf/encode.ts';
export { decode, ProtobufError } from './protobuf/decode.ts';
