/** Events go away by themselves after an hour. */
import type { Strategy } from '../types.ts';
import { textAt } from './generic.ts';

const hourMs = 3_600_000;

export const eventStrategy: Strategy = {
  timeToLiveMs: hourMs,
  allowCreateOnUpdate: true,
  defaultGarbageCollection: 'unsupported',
  selectableFields: event => {
    const about = (name: string): string => textAt(event, 'involvedObject', name);
    return {
      'involvedObject.kind': about('kind'),
      'involvedObject.namespace': about('namespace'),
      'involvedObject.name': about('name'),
      'involvedObject.uid': about('uid'),
      'involvedObject.apiVersion': about('apiVersion'),
      'involvedObject.resourceVersion': about('resourceVersion'),
      'involvedObject.fieldPath': about('fieldPath'),
      reason: textAt(event, 'reason'),
      reportingComponent: textAt(event, 'reportingComponent'),
      source: textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'),
      type: textAt(event, 'type'),
    };
  },
};
