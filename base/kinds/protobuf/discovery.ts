/** Aggregated discovery in protobuf (`apidiscovery.k8s.io`): no kind of the catalogue, as it is served beside the resources. */
import { message, repeated, type AnyMessage } from '@orrery/machinery/protobuf';
import { tableOf } from './tables.ts';

const groupVersionKind = message('GroupVersionKind', [
  [1, 'group', 'string'],
  [2, 'version', 'string'],
  [3, 'kind', 'string'],
]);

const subresource = message('APISubresourceDiscovery', [
  [1, 'subresource', 'string'],
  [2, 'responseKind', groupVersionKind],
  [3, 'acceptedTypes', repeated(groupVersionKind)],
  [4, 'verbs', repeated('string')],
]);

const resource = message('APIResourceDiscovery', [
  [1, 'resource', 'string'],
  [2, 'responseKind', groupVersionKind],
  [3, 'scope', 'string'],
  [4, 'singularResource', 'string'],
  [5, 'verbs', repeated('string')],
  [6, 'shortNames', repeated('string')],
  [7, 'categories', repeated('string')],
  [8, 'subresources', repeated(subresource)],
]);

const version = message('APIVersionDiscovery', [
  [1, 'version', 'string'],
  [2, 'resources', repeated(resource)],
  [3, 'freshness', 'string'],
]);

const group = message('APIGroupDiscovery', [
  [1, 'metadata', () => tableOf('meta.v1.ObjectMeta')],
  [2, 'versions', repeated(version)],
]);

/** The same in both versions of the group. */
export const discoveryList = message('APIGroupDiscoveryList', [
  [1, 'metadata', () => tableOf('meta.v1.ListMeta')],
  [2, 'items', repeated(group)],
]) as AnyMessage;
