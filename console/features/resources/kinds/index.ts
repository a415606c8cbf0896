/** Every kind's name and view. What has no view is shown by name and age, with its metadata, events and YAML. */
import { text } from '../../../util/messages.ts';
import * as cluster from './cluster.ts';
import * as configuration from './configuration.ts';
import { kindNames, plainIcon, quietKinds, sections, type KindName } from '../../../blocks/kinds/names.data.ts';
import * as network from './network.ts';
import { pods } from './pods.ts';
import type { KindView } from './view.ts';
import * as workloads from './workloads.ts';

const views: Readonly<Record<string, KindView>> = {
  deployments: workloads.deployments,
  statefulsets: workloads.statefulsets,
  daemonsets: workloads.daemonsets,
  replicasets: workloads.replicasets,
  jobs: workloads.jobs,
  cronjobs: workloads.cronjobs,
  horizontalpodautoscalers: workloads.horizontalpodautoscalers,
  pods,
  services: network.services,
  ingresses: network.ingresses,
  networkpolicies: network.networkpolicies,
  configmaps: configuration.configmaps,
  secrets: configuration.secrets,
  serviceaccounts: configuration.serviceaccounts,
  persistentvolumeclaims: configuration.persistentvolumeclaims,
  persistentvolumes: configuration.persistentvolumes,
  storageclasses: configuration.storageclasses,
  nodes: cluster.nodes,
  namespaces: cluster.namespaces,
  customresourcedefinitions: cluster.customresourcedefinitions,
};

export const viewOf = (resource: string): KindView => views[resource] ?? { columns: [], tabs: ['conditions'] };

const byResource = new Map([...kindNames, ...quietKinds].map(name => [name.resource, name]));

/** `plural` or `plural.group` of a kind that nobody has described; the group and version come with its objects. */
export function nameOf(resource: string, namespaced: boolean): KindName {
  const known = byResource.get(resource);
  if (known) return known;
  const [plural = resource, ...group] = resource.split('.');
  const title = text(plural, plural);
  return {
    resource,
    group: group.join('.'),
    version: '',
    kind: plural,
    namespaced,
    title,
    one: title,
    section: sections.cluster,
    icon: plainIcon,
  };
}
