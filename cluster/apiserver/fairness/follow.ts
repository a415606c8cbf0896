/** Follows the stored schemas and levels, and tells each schema whether its level exists. */
import type { FlowSchema, PriorityLevelConfiguration } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { StatusError } from '@orrery/machinery/status';
import type { BootstrapWriter } from '../authorization/ensure.ts';
import type { Reader, StoredChange } from '../types.ts';
import type { Fairness } from './filter.ts';
import { flowOf } from './flows.ts';
import { levelOf } from './levels.ts';

const group = 'flowcontrol.apiserver.k8s.io';

type Condition = NonNullable<NonNullable<FlowSchema['status']>['conditions']>[number];

/** The condition that says whether a schema's level exists, as upstream words it. Pure. */
export function dangling(level: string, exists: boolean, now: string): Condition {
  const what = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  return {
    type: 'Dangling',
    status: exists ? 'False' : 'True',
    lastTransitionTime: now,
    reason: exists ? 'Found' : 'NotFound',
    message: exists ? `${what} and it exists` : `${what} but there is no such object`,
  };
}

/** The schema with another condition; undefined when it says so already. Pure. */
export function withDangling(schema: FlowSchema, exists: boolean, now: string): FlowSchema | undefined {
  const wanted = dangling(schema.spec.priorityLevelConfiguration.name, exists, now);
  const conditions = schema.status?.conditions ?? [];
  const found = conditions.find(({ type }) => type === 'Dangling');
  if (found && found.status === wanted.status && found.message === wanted.message) return undefined;
  const others = conditions.filter(({ type }) => type !== 'Dangling');
  const lastTransitionTime = (found && found.status === wanted.status && found.lastTransitionTime) || now;
  return { ...schema, status: { conditions: [...others, { ...wanted, lastTransitionTime }] } };
}

export interface FollowOptions {
  readonly reads: Reader;
  readonly writer: BootstrapWriter;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Resolves when what is stored counts. Conditions are written once `keepStatus` was called. */
export async function followFlowControl(
  fairness: Fairness,
  { reads, writer, clock, log }: FollowOptions,
): Promise<{ keepStatus(): void; close(): void }> {
  const schemas = new Map<string, FlowSchema>();
  const levels = new Map<string, PriorityLevelConfiguration>();
  let following = false;
  let keeping = false;
  const tell = async (schema: FlowSchema): Promise<void> => {
    const exists = levels.has(schema.spec.priorityLevelConfiguration.name);
    const object = withDangling(schema, exists, formatTime(clock.now()));
    if (object === undefined) return;
    const path = `/apis/${group}/v1/flowschemas/${schema.metadata.name}/status`;
    try {
      await writer.update(path, { ...object, kind: 'FlowSchema', apiVersion: `${group}/v1` });
    } catch (error) {
      // Whoever changed or deleted it meanwhile makes us look again.
      if (!(error instanceof StatusError && (error.code === 409 || error.code === 404)))
        log.warn('the condition of a flow schema could not be written', { schema: schema.metadata.name, error });
    }
  };
  const changed = (): void => {
    if (!following) return;
    fairness.configure([...schemas.values()].map(flowOf), [...levels.values()].map(levelOf));
    if (keeping) for (const schema of schemas.values()) void tell(schema);
  };
  const into =
    <T>(map: Map<string, T>) =>
    (change: StoredChange): void => {
      if (change.type === 'put') map.set(change.name, change.object() as T);
      else map.delete(change.name);
      changed();
    };
  const stops = await Promise.all([
    reads.subscribe({ group, resource: 'flowschemas' }, into(schemas)),
    reads.subscribe({ group, resource: 'prioritylevelconfigurations' }, into(levels)),
  ]);
  following = true;
  changed();
  return {
    keepStatus() {
      keeping = true;
      changed();
    },
    close: () => stops.forEach(stop => stop()),
  };
}
