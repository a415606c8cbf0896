/** What is sent to turn a component on or off (pure). */
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { groups, systemNamespace } from '@orrery/platform-kinds/names';
import type { ClusterConfiguration } from '@orrery/platform-kinds/types';
import { text } from '../../util/messages.ts';
import { componentFacts, type ComponentFacts } from './components.data.ts';

export const configurationName = 'ks-installer';
export const configurations: GroupVersionResource = {
  group: groups.installer,
  version: 'v1alpha1',
  resource: 'clusterconfigurations',
};
export const place = { namespace: systemNamespace };

/** Whose right it is. */
export const switching = {
  verb: 'patch',
  group: groups.installer,
  resource: configurations.resource,
  namespace: systemNamespace,
} as const;

/** A component that this console does not know yet has its switch where most have it. */
export const factsOf = (name: string): ComponentFacts =>
  Object.hasOwn(componentFacts, name)
    ? componentFacts[name]!
    : { title: text(name, name), about: text('', ''), path: [name, 'enabled'] };

/** A merge patch: it says of one component whether it is on, and nothing of others. */
export const switchPatch = (name: string, isOn: boolean): { readonly spec: Record<string, unknown> } => ({
  spec: factsOf(name).path.reduceRight<unknown>((value, key) => ({ [key]: value }), isOn) as Record<string, unknown>,
});

/** Where there is no configuration yet. */
export const configurationOf = (name: string, isOn: boolean): ClusterConfiguration => ({
  apiVersion: `${groups.installer}/v1alpha1`,
  kind: 'ClusterConfiguration',
  metadata: { name: configurationName, namespace: systemNamespace },
  ...switchPatch(name, isOn),
});
