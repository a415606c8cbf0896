/** The part of etcd's v3 API (`etcdserverpb`, `mvccpb`) that the store's benchmark speaks. */
import { message, oneOf, repeated } from '@orrery/machinery/protobuf';

const header = message('ResponseHeader', [[3, 'revision', 'int64']]);

const keyValue = message('KeyValue', [
  [1, 'key', 'bytes'],
  [2, 'createRevision', 'int64'],
  [3, 'modRevision', 'int64'],
  [4, 'version', 'int64'],
  [5, 'value', 'bytes'],
]);

export const PutRequest = message('PutRequest', [
  [1, 'key', 'bytes'],
  [2, 'value', 'bytes'],
]);
export const PutResponse = message('PutResponse', [[1, 'header', header]]);

/** `rangeEnd` is the key after the last one; without it the range is the key itself. */
export const RangeRequest = message('RangeRequest', [
  [1, 'key', 'bytes'],
  [2, 'rangeEnd', 'bytes'],
  [3, 'limit', 'int64'],
]);
export const RangeResponse = message('RangeResponse', [
  [1, 'header', header],
  [2, 'kvs', repeated(keyValue)],
  [3, 'more', 'bool'],
  [4, 'count', 'int64'],
]);

const createWatch = message('WatchCreateRequest', [
  [1, 'key', 'bytes'],
  [2, 'rangeEnd', 'bytes'],
]);
export const WatchRequest = message('WatchRequest', [[1, 'create', oneOf('request', createWatch)]]);

const event = message('Event', [[2, 'kv', keyValue]]);
export const WatchResponse = message('WatchResponse', [
  [1, 'header', header],
  [3, 'created', 'bool'],
  [11, 'events', repeated(event)],
]);
