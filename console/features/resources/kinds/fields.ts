/** Columns and facts that several kinds have. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { PodTemplateSpec } from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import { replicasOf, type State } from './state.ts';
import { controllerOf, shortImage, type Loose } from './objects.ts';
import type { Field, Reference } from './view.ts';

export const stateField = <T extends KubeObject>(stateOf: (object: T) => State): Field<T> => ({
  key: 'status',
  title: text('Status', '状态'),
  width: '150px',
  cell: object => ({ as: 'state', state: stateOf(object) }),
});

export const readyField: Field = {
  key: 'ready',
  title: text('Ready', '就绪副本'),
  width: '120px',
  cell: object => {
    const { ready, wanted } = replicasOf(object);
    return { as: 'share', now: ready, of: wanted };
  },
};

const templateOf = (object: KubeObject): PodTemplateSpec | undefined =>
  (object as Loose).spec?.['template'] as PodTemplateSpec | undefined;

export const imagesField: Field = {
  key: 'images',
  title: text('Images', '镜像'),
  cell: object => ({
    as: 'lines',
    lines: (templateOf(object)?.spec?.containers ?? []).map(({ image = '' }) => shortImage(image)),
  }),
};

const owners: Readonly<Record<string, string>> = {
  ReplicaSet: 'replicasets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
  Node: 'nodes',
};

/** The page of what an object belongs to. A Deployment's pods belong to it by way of a ReplicaSet, whose page leads on. */
export function ownerLink(object: KubeObject): Reference | undefined {
  const owner = controllerOf(object);
  const resource = owner && owners[owner.kind];
  return owner && resource ? { resource, name: owner.name, ...(resource === 'nodes' && { namespace: '' }) } : undefined;
}

export const ownerField: Field = {
  key: 'owner',
  title: text('Belongs to', '所属'),
  cell: object => {
    const link = ownerLink(object);
    return link ? { as: 'links', links: [link] } : controllerOf(object)?.name;
  },
};
