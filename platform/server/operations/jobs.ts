/** Jobs once more, CronJobs paused or run at once; and what KubeSphere remembers of the runs of a Job, in its annotation. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest, conflict, isReason, StatusError } from '@orrery/machinery/status';
import type { Place } from './workloads.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Job extends KubeObject {
  readonly spec?: {
    readonly completions?: number;
    readonly manualSelector?: boolean;
    readonly selector?: { readonly matchLabels?: Record<string, string> };
    readonly template?: { readonly metadata?: { readonly labels?: Record<string, string> } };
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly succeeded?: number;
    readonly failed?: number;
    readonly completionTime?: string;
  };
}

export const revisionsAnnotation = 'revisions';

/** One run, in KubeSphere's words. */
export interface Run {
  readonly status: string;
  readonly reasons?: readonly string[];
  readonly messages?: readonly string[];
  readonly succeed?: number;
  readonly desire?: number;
  readonly failed?: number;
  readonly uid: string;
  readonly 'start-time'?: string;
  readonly 'completion-time'?: string;
}

function runOf({ metadata, spec, status }: Job): Run {
  const conditions = (status?.conditions ?? []).filter(({ status: is }) => is === 'True');
  const failures = conditions.filter(({ type }) => type === 'Failed');
  const isComplete = conditions.some(({ type }) => type === 'Complete');
  return {
    status: failures.length > 0 ? 'failed' : isComplete ? 'completed' : 'running',
    ...(failures.length > 0 && {
      reasons: failures.map(({ reason = '' }) => reason),
      messages: failures.map(({ message = '' }) => message),
    }),
    ...(status?.succeeded && { succeed: status.succeeded }),
    ...(spec?.completions && { desire: spec.completions }),
    ...(status?.failed && { failed: status.failed }),
    uid: metadata.uid ?? '',
    'start-time': metadata.creationTimestamp ?? '',
    ...(status?.completionTime && { 'completion-time': status.completionTime }),
  };
}

/** So many runs are remembered: an annotation has its bounds. */
const runsMax = 50;

/** The annotation with the run of today in it; undefined when it says so already, or is somebody else's text. */
export function revisionsWith(job: Job): string | undefined {
  const text = job.metadata.annotations?.[revisionsAnnotation];
  let runs: Record<string, Run> = {};
  try {
    if (text) runs = JSON.parse(text) as Record<string, Run>;
  } catch {
    return undefined;
  }
  if (typeof runs !== 'object' || runs === null || Array.isArray(runs)) return undefined;
  const numbers = Object.keys(runs).map(Number);
  const known = Object.entries(runs).find(([, { uid }]) => uid === job.metadata.uid)?.[0];
  const number = known ?? String(Math.max(0, ...numbers) + 1);
  const all = { ...runs, [number]: runOf(job) };
  const kept = Object.entries(all)
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .slice(-runsMax);
  const written = JSON.stringify(Object.fromEntries(kept));
  return written === text ? undefined : written;
}

/** What its controller added to tell its pods apart. */
const addedLabels = [
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'batch.kubernetes.io/job-name',
];

const without = (labels: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !addedLabels.includes(name)));

/** The Job as it was made once: pure. */
export function anew(job: Job): Job {
  const { name, namespace, labels, annotations, ownerReferences } = job.metadata;
  const { selector, manualSelector, template, ...spec } = job.spec ?? {};
  const revisions = annotations?.[revisionsAnnotation]?.replaceAll('"running"', '"unfinished"');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      labels: without(labels),
      annotations: { ...annotations, ...(revisions !== undefined && { [revisionsAnnotation]: revisions }) },
      ...(ownerReferences && { ownerReferences }),
    },
    spec: {
      ...spec,
      ...(manualSelector && { manualSelector, selector }),
      template: { ...template, metadata: { ...template?.metadata, labels: without(template?.metadata?.labels) } },
    },
  };
}

/** A Job that is being deleted has this long to go. */
const goneMs = 30_000;
const lookMs = 200;

/** Rejects with 409 when the Job is not the one that was looked at. Whoever named none means the Job as it is, whatever its controller writes. */
export async function rerun(
  client: Client,
  parts: { readonly clock: Clock; readonly random: Random },
  { namespace, name }: Place,
  { action, resourceVersion }: { action: string; resourceVersion?: string },
): Promise<void> {
  if (action !== 'rerun') throw badRequest(`invalid operation ${action}`);
  const { clock } = parts;
  const end = () => endRun(client, { namespace, name }, resourceVersion);
  const wanted = await (resourceVersion === undefined ? retryOnConflict(parts, end) : end());
  for (const until = clock.monotonic() + goneMs; ;) {
    try {
      await client.create(resources.jobs, wanted, { namespace });
      return;
    } catch (error) {
      if (!isReason(error, 'AlreadyExists') || clock.monotonic() > until) throw error;
    }
    await clock.sleep(lookMs);
  }
}

/** Deletes the Job as it is now; resolves with what is to be made in its place. */
async function endRun(client: Client, { namespace, name }: Place, resourceVersion?: string): Promise<Job> {
  const job = await client.get<Job>(resources.jobs, name, { namespace });
  const what = { group: 'batch', resource: 'jobs', name };
  if (resourceVersion !== undefined && job.metadata.resourceVersion !== resourceVersion)
    throw conflict(what, 'please apply your changes to the latest version and try again');
  const wanted = { ...anew(job) };
  const revisions = revisionsWith(job);
  if (revisions !== undefined)
    wanted.metadata.annotations = {
      ...wanted.metadata.annotations,
      [revisionsAnnotation]: revisions.replaceAll('"running"', '"unfinished"'),
    };
  await refuseImpossible(client, wanted);
  const { uid } = job.metadata;
  await client.delete(resources.jobs, name, {
    namespace,
    propagationPolicy: 'Background',
    preconditions: { uid, resourceVersion: job.metadata.resourceVersion },
  });
  return wanted;
}

/** Before anything goes: what cannot be made anew stays. That a quota is full is no reason, since the Job itself is in it. */
async function refuseImpossible(client: Client, job: Job): Promise<void> {
  const { name = '', namespace } = job.metadata;
  const trial = { ...job, metadata: { ...job.metadata, name: `${name.slice(0, 58)}-dry` } };
  try {
    await client.create(resources.jobs, trial, { namespace, dryRun: true });
  } catch (error) {
    if (!isReason(error, 'Forbidden') || !error.message.includes('exceeded quota')) throw error;
  }
}

interface CronJob extends KubeObject {
  readonly spec?: { readonly jobTemplate?: { readonly metadata?: KubeObject['metadata']; readonly spec?: object } };
}

export const suspend = (client: Client, { namespace, name }: Place, isSuspended: boolean): Promise<KubeObject> =>
  client.patch(resources.cronjobs, name, 'merge', { spec: { suspend: isSuspended } }, { namespace });

/** As `kubectl create job --from=cronjob/NAME`. */
export async function runNow(client: Client, random: Random, { namespace, name }: Place): Promise<KubeObject> {
  const { metadata, spec } = await client.get<CronJob>(resources.cronjobs, name, { namespace });
  const { labels, annotations } = spec?.jobTemplate?.metadata ?? {};
  if (!spec?.jobTemplate?.spec) throw new StatusError(409, 'Conflict', `the CronJob "${name}" has no template`);
  const suffix = Array.from(random.bytes(4), byte => byte.toString(16).padStart(2, '0')).join('');
  return client.create(
    resources.jobs,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: `${name.slice(0, 52)}-${suffix}`,
        namespace,
        ...(labels && { labels }),
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...annotations },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid: metadata.uid!, controller: true }],
      },
      spec: spec.jobTemplate.spec,
    } as KubeObject,
    { namespace },
  );
}
