/** Templates of pods lose the fields of features that are off, as pods do (upstream `DropDisabledTemplateFields`). */
import type { PodTemplateSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { dropDisabledFields } from './pod-fields.ts';

const inSpec = ['spec', 'template'];
const templates: Readonly<Record<string, readonly string[]>> = {
  '/podtemplates': ['template'],
  '/replicationcontrollers': inSpec,
  'apps/daemonsets': inSpec,
  'apps/deployments': inSpec,
  'apps/replicasets': inSpec,
  'apps/statefulsets': inSpec,
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template'],
  'batch/jobs': inSpec,
};

const templateOf = (object: KubeObject, path: readonly string[]): PodTemplateSpec | undefined =>
  path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object) as
    PodTemplateSpec | undefined;

/** The strategy of a resource, for one that holds a template: it is cut before anything else looks at it. */
export function withTemplate(name: string, strategy: Strategy): Strategy {
  const path = templates[name];
  if (!path) return strategy;
  const cut = (object: KubeObject, old?: KubeObject): void => {
    const spec = templateOf(object, path)?.spec;
    if (spec) dropDisabledFields(spec, old && templateOf(old, path)?.spec);
  };
  return {
    ...strategy,
    prepareForCreate(object, context) {
      cut(object);
      return strategy.prepareForCreate?.(object, context);
    },
    prepareForUpdate(object, old, context) {
      cut(object, old);
      return strategy.prepareForUpdate?.(object, old, context);
    },
  };
}
