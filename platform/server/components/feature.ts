/** Component health as KubeSphere tells it: Services of the system's namespaces, and how many of their pods are ready. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromMap } from '@orrery/machinery/selector';
import { notFound } from '@orrery/machinery/status';
import type { AnswerOf } from '@orrery/platform-contract';
import { components as routes } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import type { PodLike } from '../resources/pods.ts';
import { nodeStatus, type Loose } from '../resources/states.ts';

const manifest = {
  name: 'components',
  summary: 'How the parts of the system are',
  routes,
  kinds: [],
  menus: [{ path: '/components', title: 'menu.components', scope: 'platform', route: 'components.health' }],
  needs: [],
} as const;

/** In KubeSphere's order. */
const systemNamespaces = [
  systemNamespace,
  'kubesphere-logging-system',
  'kubesphere-monitoring-system',
  'openpitrix-system',
  'kube-system',
  'istio-system',
  'kubesphere-devops-system',
  'porter-system',
];

type Component = AnswerOf<typeof routes.get>;

const isHealthy = ({ status }: PodLike): boolean =>
  status?.phase === 'Running' && (status.containerStatuses ?? []).every(({ ready }) => ready === true);

/** Undefined for a Service that selects nothing: nobody can tell how it is. */
export function componentOf(service: KubeObject, pods: readonly KubeObject[]): Component | undefined {
  const { name = '', namespace = '', creationTimestamp = '' } = service.metadata;
  const label = ((service as Loose).spec?.['selector'] ?? {}) as Record<string, string>;
  if (Object.keys(label).length === 0) return undefined;
  const selector = selectorFromMap(label);
  const behind = pods.filter(({ metadata }) => matches(selector, metadata.labels));
  return {
    name,
    namespace,
    selfLink: `/api/v1/namespaces/${namespace}/services/${name}`,
    label,
    startedAt: creationTimestamp,
    totalBackends: behind.length,
    healthyBackends: behind.filter(pod => isHealthy(pod as PodLike)).length,
  };
}

export const components: Feature = {
  manifest,
  start({ informers }) {
    const all = async (): Promise<Component[]> => {
      const [services, pods] = [informers.of(resources.services), informers.of(resources.pods)];
      await Promise.all([services.synced, pods.synced]);
      return systemNamespaces.flatMap(namespace =>
        services.list(namespace).flatMap(service => componentOf(service, pods.list(namespace)) ?? []),
      );
    };
    const sources = () => [resources.services, resources.pods].map(resource => ({ resource }));
    return {
      handlers: handlersFor(routes, {
        list: () => all(),
        get: async ({ path }) => {
          const found = (await all()).find(({ name }) => name === path.component);
          if (!found)
            throw notFound({ group: 'resources.kubesphere.io', resource: 'components', name: path.component });
          return found;
        },
        health: async () => {
          const nodes = informers.of(resources.nodes);
          await nodes.synced;
          const states = nodes.list().map(node => nodeStatus({ ...node, spec: {} } as Loose));
          return {
            kubesphereStatus: await all(),
            nodeStatus: { totalNodes: states.length, healthyNodes: states.filter(word => word === 'running').length },
          };
        },
      }),
      live: liveFor(routes, {
        list: sources,
        health: () => [...sources(), { resource: resources.nodes }],
      }),
    };
  },
};
