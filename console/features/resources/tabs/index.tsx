/** The tabs of an object's page: those of its kind, then those that every object has. */
import { lazy, Suspense, type ComponentType } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Tab } from '../../../blocks/DetailFrame.tsx';
import type { Translate } from '../../../ui/locale.ts';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import type { TabName } from '../kinds/view.ts';
import type { messages } from '../messages.data.ts';
import { Conditions } from './Conditions.tsx';
import { Data, Values } from './Data.tsx';
import { Environment } from './Environment.tsx';
import { Events } from './Events.tsx';
import { Metadata } from './Metadata.tsx';
import { Ports, Rules } from './Network.tsx';
import { CronJobJobs, DefinedObjects, NodePods, OwnPods } from './Related.tsx';

export interface TabProps {
  readonly kind: KindName;
  readonly object: KubeObject;
}

const views: Readonly<Record<TabName, ComponentType<TabProps>>> = {
  containers: lazy(() => import('../pods/Containers.tsx')),
  logs: lazy(() => import('../pods/Logs.tsx')),
  terminal: lazy(() => import('../pods/Terminal.tsx')),
  pods: OwnPods,
  nodePods: NodePods,
  drain: lazy(() => import('../nodes/Drain.tsx')),
  nodeTerminal: lazy(() => import('../nodes/NodeTerminal.tsx')),
  files: lazy(() => import('../pods/Files.tsx')),
  registry: lazy(() => import('../secrets/Credentials.tsx')),
  revisions: lazy(() => import('../revisions/Revisions.tsx')),
  jobs: CronJobJobs,
  objects: DefinedObjects,
  ports: Ports,
  rules: Rules,
  data: Data,
  values: Values,
  conditions: Conditions,
  environment: Environment,
};

const Yaml = lazy(() => import('./Yaml.tsx').then(({ Yaml }) => ({ default: Yaml })));
const common = { metadata: Metadata, events: Events, yaml: Yaml } as const;
const order: readonly (keyof typeof common)[] = ['metadata', 'events', 'yaml'];

export function tabsFor(own: readonly TabName[], props: TabProps, t: Translate<typeof messages>): readonly Tab[] {
  const tab = (key: TabName | keyof typeof common, View: ComponentType<TabProps>): Tab => ({
    key,
    title: t(`tab_${key}`),
    content: () => (
      <Suspense fallback={null}>
        <View {...props} />
      </Suspense>
    ),
  });
  return [...own.map(name => tab(name, views[name])), ...order.map(name => tab(name, common[name]))];
}
