/** What state an object is in, in a word that both languages have (pure). Kubernetes' own reasons are shown as they are. */
import type { CronJob, Job, Node, Pod } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Tone } from '../../../ui/Badge.tsx';
import { text, type Text } from '../../../util/messages.ts';
import { conditionOf, type Loose } from './objects.ts';

export interface State {
  readonly tone: Tone;
  readonly word: Text;
  /** Why, as the cluster says it. */
  readonly reason?: string;
}

const words = {
  running: text('Running', '运行中'),
  updating: text('Updating', '更新中'),
  stopped: text('Stopped', '已停止'),
  deleting: text('Deleting', '删除中'),
  completed: text('Completed', '已完成'),
  failed: text('Failed', '失败'),
  paused: text('Paused', '已暂停'),
  scheduled: text('Scheduled', '已启用'),
  pending: text('Pending', '等待中'),
  notReady: text('Not ready', '未就绪'),
  cordoned: text('Unschedulable', '不可调度'),
  unknown: text('Unknown', '未知'),
  active: text('Active', '正常'),
  bound: text('Bound', '已绑定'),
  available: text('Available', '可用'),
  released: text('Released', '已释放'),
  lost: text('Lost', '丢失'),
} as const;

const state = (tone: Tone, word: Text, reason?: string): State => ({ tone, word, ...(reason && { reason }) });
const own = (tone: Tone, reason: string): State => ({ tone, word: text(reason, reason), reason });
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Ready and wanted pods of a Deployment, StatefulSet, ReplicaSet or DaemonSet. */
export function replicasOf(object: KubeObject): { readonly ready: number; readonly wanted: number } {
  const { spec, status } = object as Loose;
  const daemon = status?.['desiredNumberScheduled'];
  return daemon === undefined
    ? { ready: count(status?.['readyReplicas']), wanted: count(spec?.['replicas'] ?? 1) }
    : { ready: count(status?.['numberReady']), wanted: count(daemon) };
}

export function workloadState(object: KubeObject): State {
  const { status } = object as Loose;
  if (object.metadata.deletionTimestamp) return state('busy', words.deleting);
  const { ready, wanted } = replicasOf(object);
  if (wanted === 0) return state('quiet', words.stopped);
  const updated = count(status?.['updatedNumberScheduled'] ?? status?.['updatedReplicas']);
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return state('bad', words.failed, failure.message);
  const progress = conditionOf(object, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') return state('bad', words.failed, progress.message);
  return ready >= wanted && updated >= wanted ? state('good', words.running) : state('busy', words.updating);
}

export function jobState(job: Job): State {
  if (job.metadata.deletionTimestamp) return state('busy', words.deleting);
  const failed = conditionOf(job, 'Failed');
  if (failed?.status === 'True') return state('bad', words.failed, failed.message ?? failed.reason);
  if (conditionOf(job, 'Complete')?.status === 'True') return state('good', words.completed);
  return job.spec.suspend ? state('quiet', words.paused) : state('busy', words.running);
}

export const cronJobState = ({ spec }: CronJob): State =>
  spec.suspend ? state('quiet', words.paused) : state('good', words.scheduled);

/** As kubectl's column STATUS: the first reason that stops a container, else the phase. */
export function podState({ metadata, spec, status }: Pod): State {
  if (metadata.deletionTimestamp) return state('busy', words.deleting);
  const phase = status?.phase;
  if (phase === 'Succeeded') return state('quiet', words.completed);
  const reason = status?.reason ?? initReason(spec, status) ?? containerReason(status);
  if (reason !== undefined) return own(isUnderWay(reason) ? 'busy' : 'bad', reason);
  if (phase === 'Failed') return state('bad', words.failed, status?.message);
  if (phase === 'Running')
    return status?.containerStatuses?.every(({ ready }) => ready)
      ? state('good', words.running)
      : state('warn', words.notReady);
  const unscheduled = status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return phase === 'Pending'
    ? state(unscheduled ? 'warn' : 'busy', words.pending, unscheduled?.message)
    : state('quiet', words.unknown);
}

const harmless: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', 'SchedulingGated']);
const isUnderWay = (reason: string): boolean => harmless.has(reason) || /^Init:\d+\/\d+$/.test(reason);

function initReason(spec: Pod['spec'], status: Pod['status']): string | undefined {
  const total = spec.initContainers?.length ?? 0;
  for (const [index, { state: now, started }] of (status?.initContainerStatuses ?? []).entries()) {
    if (now?.terminated?.exitCode === 0 || started) continue;
    const reason = now?.terminated ? (now.terminated.reason ?? 'Error') : now?.waiting?.reason;
    return reason && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${index}/${total}`;
  }
  return undefined;
}

function containerReason(status: Pod['status']): string | undefined {
  for (const { state: now } of status?.containerStatuses ?? []) {
    if (now?.waiting?.reason) return now.waiting.reason;
    if (now?.terminated && (now.terminated.exitCode !== 0 || now.terminated.reason !== 'Completed'))
      return now.terminated.reason ?? `ExitCode:${now.terminated.exitCode}`;
  }
  return undefined;
}

export function nodeState(node: Node): State {
  const ready = conditionOf(node, 'Ready');
  if (ready?.status !== 'True') return state('bad', words.notReady, ready?.message);
  return node.spec?.unschedulable ? state('warn', words.cordoned) : state('good', words.running);
}

const phases: Readonly<Record<string, State>> = {
  Active: state('good', words.active),
  Terminating: state('busy', words.deleting),
  Bound: state('good', words.bound),
  Available: state('good', words.available),
  Pending: state('busy', words.pending),
  Released: state('warn', words.released),
  Lost: state('bad', words.lost),
  Failed: state('bad', words.failed),
};

/** Of what has only a phase: projects, volumes, claims. */
export function phaseState(object: KubeObject): State {
  if (object.metadata.deletionTimestamp) return state('busy', words.deleting);
  const phase = (object as Loose).status?.['phase'];
  return typeof phase === 'string' ? (phases[phase] ?? own('quiet', phase)) : state('quiet', words.unknown);
}
