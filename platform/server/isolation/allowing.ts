/** Keeps the NetworkPolicies of NamespaceNetworkPolicies. Services are followed from the first one on that names any. */
import { resources } from '@orrery/client/resources';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { labels, platformResources, type NamespaceNetworkPolicy } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import { heal } from '../access/heal.ts';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import { allowedSource, namesServices, planAllowed, type SelectorOf } from './allowed.ts';

interface ServiceLike extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
}

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const sourceKind = 'namespacenetworkpolicies/';
const keysOf = (object: KubeObject | undefined): string[] => {
  const source = object?.metadata.annotations?.[sourceAnnotation];
  return source?.startsWith(sourceKind) ? [source.slice(sourceKind.length)] : [];
};

export function healAllowed({ client, informers }: PlatformContext): ControllerOptions {
  const allowed = informers.of<NamespaceNetworkPolicy>(platformResources.namespacenetworkpolicies);
  const projects = informers.of(resources.namespaces);
  const policies = informers.of(resources.networkpolicies, { labelSelector });
  const tell = new Set<(key: string) => void>();
  const naming = () => allowed.list().filter(namesServices).map(keyOf);
  let follows = false;
  const follow = () => {
    if (follows || !allowed.list().some(namesServices)) return;
    follows = true;
    informers.of<ServiceLike>(resources.services).onChange(() => {
      for (const key of naming()) for (const one of tell) one(key);
    });
  };
  allowed.onChange(follow);
  const workspaceOf = (namespace: string) => projects.get(namespace)?.metadata.labels?.[labels.workspace];
  /** Of a service in another workspace nothing is told, not even whether it is there. */
  const selectorsFor =
    (namespace: string): SelectorOf =>
    (other, name) => {
      const own = workspaceOf(namespace);
      if (other !== namespace && (own === undefined || workspaceOf(other) !== own)) return undefined;
      const selector = informers.of<ServiceLike>(resources.services).get(`${other}/${name}`)?.spec?.selector;
      return selector && Object.keys(selector).length > 0 ? selector : undefined;
    };
  return {
    name: 'platform-allowed-traffic',
    sources: [
      watchOf(allowed),
      watchOf(policies, ({ before, after }) => [...keysOf(before), ...keysOf(after)]),
      watchOf(projects, ({ before, after }) =>
        before?.metadata.labels?.[labels.workspace] === after?.metadata.labels?.[labels.workspace] ? [] : naming(),
      ),
      {
        synced: allowed.synced,
        start(queue) {
          const add = (key: string) => void queue.add(key);
          tell.add(add);
          return () => void tell.delete(add);
        },
      },
    ],
    async reconcile(key) {
      const [namespace = '', name = ''] = key.split('/');
      const policy = allowed.get(key);
      if (policy && namesServices(policy)) await informers.of<ServiceLike>(resources.services).synced;
      const existing = policies
        .list(namespace)
        .filter(({ metadata }) => metadata.annotations?.[sourceAnnotation] === allowedSource(namespace, name))
        .map((object): Wanted => ({ resource: resources.networkpolicies, object }));
      await heal(client, policy ? planAllowed(policy, selectorsFor(namespace)) : [], existing);
    },
  };
}
