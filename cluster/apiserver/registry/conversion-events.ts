/** `events.k8s.io/v1` Events, stored as core Events (upstream `apis/events` conversions): names of fields differ. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Conversion } from './resource.ts';

/** Core's name of each field that is called otherwise in events.k8s.io. */
const renamed: Readonly<Record<string, string>> = {
  note: 'message',
  regarding: 'involvedObject',
  reportingController: 'reportingComponent',
  deprecatedCount: 'count',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedSource: 'source',
};
const original = Object.fromEntries(Object.entries(renamed).map(([ours, core]) => [core, ours]));

function rename(object: KubeObject, names: Readonly<Record<string, string>>): KubeObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [names[name] ?? name, value]),
  ) as unknown as KubeObject;
}

const aboutFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

export const eventConversion: Conversion = {
  fieldNames: {
    ...Object.fromEntries(aboutFields.map(name => [`regarding.${name}`, `involvedObject.${name}`])),
    reportingController: 'reportingComponent',
  },
  fromStored: object => rename(object, original),
  toStored: object => {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = rename(object, renamed);
    return {
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
      ...rest,
    } as KubeObject;
  },
};
