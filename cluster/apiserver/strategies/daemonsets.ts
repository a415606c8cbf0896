/** DaemonSets count changes of their template apart, in an annotation that the first API versions left behind. */
import { isDeepStrictEqual } from 'node:util';
import type { DaemonSet } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { countedWithStatus } from './generic.ts';

const annotation = 'deprecated.daemonset.template.generation';

const setTemplateGeneration = ({ metadata }: KubeObject, generation: number): void => {
  metadata.annotations = { ...metadata.annotations, [annotation]: String(generation) };
};

export const daemonSetStrategy: Strategy = {
  ...countedWithStatus,
  prepareForCreate(object, context) {
    countedWithStatus.prepareForCreate!(object, context);
    setTemplateGeneration(object, 1);
  },
  prepareForUpdate(object, old, context) {
    countedWithStatus.prepareForUpdate!(object, old, context);
    const before = Number(old.metadata.annotations?.[annotation] ?? 0);
    const same = isDeepStrictEqual((object as DaemonSet).spec?.template, (old as DaemonSet).spec?.template);
    setTemplateGeneration(object, same ? before : before + 1);
  },
};
