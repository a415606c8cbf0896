/** For tests: sends one write through plug-ins as the registry does, over a real store. */
import { StatusError } from '@orrery/machinery/status';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import type { UserInfo } from '@orrery/http';
import { testCluster } from '../authorization/fixtures.ts';
import type { TestCluster } from '../authorization/fixtures.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from '../types.ts';

export type AnyObject = { metadata: ObjectMeta } & Record<string, unknown>;

export interface TestWrite {
  readonly operation?: AdmissionOperation;
  /** `group/resource/subresource`; for core `resource` or `resource/subresource` with an empty group, e.g. `/pods/status`. */
  readonly resource: string;
  readonly object?: AnyObject;
  readonly old?: AnyObject;
  readonly user?: UserInfo;
  readonly namespace?: string;
  readonly name?: string;
}

export interface Admitting {
  readonly cluster: TestCluster;
  /** The object as admitted, or `code message` of the refusal. */
  send(write: TestWrite): Promise<AnyObject | string>;
}

export function admitting(plugins: (cluster: TestCluster) => readonly AdmissionPlugin[]): Admitting {
  const cluster = testCluster();
  const chain = plugins(cluster);
  return {
    cluster,
    async send({ operation = 'CREATE', resource, object, old, user = { name: 'alice', groups: [] }, namespace, name }) {
      const [group = '', plural = '', subresource = ''] = resource.split('/');
      const subject = object ?? old;
      const attributes: AdmissionAttributes = {
        operation,
        kind: { group, version: 'v1', kind: '' },
        resource: { group, version: 'v1', resource: plural },
        subresource,
        namespace: namespace ?? subject?.metadata.namespace ?? '',
        name: name ?? subject?.metadata.name ?? '',
        ...(object && { object: structuredClone(object) as KubeObject }),
        ...(old && { oldObject: old as KubeObject }),
        user,
        dryRun: false,
        options: {},
        userAgent: 'test',
        reads: cluster.reads,
        reinvocation: { isReinvoke: false, needed: false, state: new Map() },
        warn: () => {},
        annotate: () => {},
      };
      const asked = chain.filter(plugin => plugin.handles?.(operation, attributes.resource, subresource) ?? true);
      try {
        for (const plugin of asked) await plugin.admit?.(attributes);
        for (const plugin of asked) await plugin.validate?.(attributes);
      } catch (error) {
        if (error instanceof StatusError) return `${error.code} ${error.message}`;
        throw error;
      }
      return attributes.object as unknown as AnyObject;
    },
  };
}
