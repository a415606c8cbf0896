/** When warnings about pods and their templates are given; what they say belongs to the kinds. */
import { podWarnings } from '@orrery/kinds/semantics';
import type { Pod, PodTemplateSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';

/** Not on updates: these come often, and from programs. */
export const warningsOfPod: Strategy['warnings'] = (object, old) =>
  old ? [] : podWarnings(object.metadata, (object as Pod).spec, '');

type Templated = KubeObject & { spec?: { template?: PodTemplateSpec } };

/** When the template is new or its owner's content changed. */
export const warningsOfTemplate: Strategy['warnings'] = (object, old) => {
  if (old && old.metadata.generation === object.metadata.generation) return [];
  const template = (object as Templated).spec?.template;
  return podWarnings(template?.metadata, template?.spec, 'spec.template');
};
