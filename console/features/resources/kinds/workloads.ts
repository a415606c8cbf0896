/** Deployments, StatefulSets, DaemonSets, Jobs, CronJobs, their revisions and autoscalers. */
import type { CronJob, Deployment, HorizontalPodAutoscaler, Job, ReplicaSet, StatefulSet } from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import { imagesField, ownerField, readyField, stateField } from './fields.ts';
import { selectorText, type Loose } from './objects.ts';
import { cronJobState, jobState, workloadState } from './state.ts';
import { defineView, type Field } from './view.ts';

const workloadFilters = {
  running: text('Running', '运行中'),
  updating: text('Updating', '更新中'),
  stopped: text('Stopped', '已停止'),
};

const selectorField: Field<Deployment | StatefulSet> = {
  key: 'selector',
  title: text('Selector', '选择器'),
  cell: ({ spec }) => ({ as: 'code', text: selectorText(spec?.selector) }),
};

const strategyField: Field = {
  key: 'strategy',
  title: text('Update strategy', '更新策略'),
  cell: object => {
    const { spec } = object as Loose;
    const strategy = (spec?.['strategy'] ?? spec?.['updateStrategy']) as { type?: string } | undefined;
    return strategy?.type;
  },
};

export const deployments = defineView<Deployment>({
  state: workloadState,
  columns: [stateField(workloadState), readyField, imagesField],
  facts: [readyField, imagesField, strategyField, selectorField],
  tabs: ['pods', 'revisions', 'environment', 'conditions'],
  actions: ['scale', 'restart'],
  filters: workloadFilters,
  about: text(
    'A deployment keeps a number of equal pods running and replaces them step by step when it changes.',
    '部署用于保持指定数量的相同容器组运行，并在更新时逐步替换它们。',
  ),
});

export const statefulsets = defineView<Loose>({
  state: workloadState,
  columns: [stateField(workloadState), readyField, imagesField],
  facts: [
    readyField,
    imagesField,
    strategyField,
    { key: 'service', title: text('Service', '服务'), cell: ({ spec }) => spec?.['serviceName'] as string | undefined },
  ],
  tabs: ['pods', 'revisions', 'environment', 'conditions'],
  actions: ['scale', 'restart'],
  filters: workloadFilters,
  about: text(
    'A StatefulSet runs pods with names and volumes of their own, one after the other: databases, for example.',
    '有状态副本集按顺序运行具有固定名称和独立存储的容器组，例如数据库。',
  ),
});

export const daemonsets = defineView<Loose>({
  state: workloadState,
  columns: [stateField(workloadState), readyField, imagesField],
  facts: [readyField, imagesField, strategyField],
  tabs: ['pods', 'revisions', 'environment', 'conditions'],
  actions: ['restart'],
  filters: workloadFilters,
  about: text('A DaemonSet runs one pod on every node.', '守护进程集在每个节点上运行一个容器组。'),
});

export const replicasets = defineView<ReplicaSet>({
  state: workloadState,
  columns: [
    {
      key: 'revision',
      title: text('Revision', '版本'),
      width: '100px',
      cell: ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'],
    },
    readyField,
    imagesField,
    ownerField,
  ],
  tabs: ['pods', 'environment'],
});

const durationText = (from: string | undefined, to: string | undefined): string | undefined => {
  const ms = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isNaN(ms) ? undefined : `${Math.round(ms / 1000)} s`;
};

export const jobs = defineView<Job>({
  state: jobState,
  columns: [
    stateField(jobState),
    {
      key: 'completions',
      title: text('Completions', '完成数'),
      width: '120px',
      cell: ({ spec, status }) => ({ as: 'share', now: status?.succeeded ?? 0, of: spec.completions ?? 1 }),
    },
    imagesField,
    {
      key: 'started',
      title: text('Last run', '上次运行'),
      width: '120px',
      cell: ({ status }) => ({ as: 'time', time: status?.startTime }),
    },
  ],
  facts: [
    {
      key: 'completions',
      title: text('Completions', '完成数'),
      cell: ({ spec, status }) => ({ as: 'share', now: status?.succeeded ?? 0, of: spec.completions ?? 1 }),
    },
    { key: 'failed', title: text('Failed pods', '失败容器组'), cell: ({ status }) => status?.failed ?? 0 },
    { key: 'parallelism', title: text('At once', '并行数'), cell: ({ spec }) => spec.parallelism ?? 1 },
    {
      key: 'took',
      title: text('Took', '耗时'),
      cell: ({ status }) => durationText(status?.startTime, status?.completionTime),
    },
    imagesField,
    ownerField,
  ],
  tabs: ['pods', 'environment', 'conditions'],
  actions: ['rerun'],
  filters: {
    running: text('Running', '运行中'),
    completed: text('Completed', '已完成'),
    failed: text('Failed', '失败'),
  },
  about: text(
    'A job runs pods until a number of them has succeeded.',
    '任务会运行容器组，直到指定数量的容器组成功结束。',
  ),
});

export const cronjobs = defineView<CronJob>({
  state: cronJobState,
  columns: [
    stateField(cronJobState),
    {
      key: 'schedule',
      title: text('Schedule', '定时计划'),
      width: '150px',
      cell: ({ spec }) => ({ as: 'code', text: spec.schedule }),
    },
    {
      key: 'active',
      title: text('Active', '运行中'),
      width: '90px',
      cell: ({ status }) => status?.active?.length ?? 0,
    },
    {
      key: 'last',
      title: text('Last run', '上次运行'),
      width: '120px',
      cell: ({ status }) => ({ as: 'time', time: status?.lastScheduleTime }),
    },
  ],
  facts: [
    { key: 'schedule', title: text('Schedule', '定时计划'), cell: ({ spec }) => ({ as: 'code', text: spec.schedule }) },
    { key: 'zone', title: text('Time zone', '时区'), cell: ({ spec }) => spec.timeZone ?? 'UTC' },
    { key: 'policy', title: text('Concurrency', '并发策略'), cell: ({ spec }) => spec.concurrencyPolicy },
    {
      key: 'last',
      title: text('Last run', '上次运行'),
      cell: ({ status }) => ({ as: 'time', time: status?.lastScheduleTime }),
    },
    {
      key: 'images',
      title: text('Images', '镜像'),
      cell: ({ spec }) => ({
        as: 'lines',
        lines: (spec.jobTemplate.spec?.template.spec?.containers ?? []).map(({ image = '' }) => image),
      }),
    },
  ],
  tabs: ['jobs'],
  actions: ['runNow', 'suspend'],
  filters: { running: text('Scheduled', '已启用'), paused: text('Paused', '已暂停') },
  about: text('A CronJob starts jobs by the clock.', '定时任务按时间计划启动任务。'),
});

export const horizontalpodautoscalers = defineView<HorizontalPodAutoscaler>({
  columns: [
    {
      key: 'target',
      title: text('Scales', '伸缩目标'),
      cell: ({ spec }) => `${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`,
    },
    {
      key: 'range',
      title: text('Replicas', '副本数'),
      cell: ({ spec, status }) =>
        `${status?.currentReplicas ?? 0} (${spec?.minReplicas ?? 1}–${spec?.maxReplicas ?? 1})`,
    },
  ],
  tabs: ['conditions'],
  about: text(
    'An autoscaler changes the number of pods with what they have to do.',
    '弹性伸缩根据负载自动调整容器组数量。',
  ),
});
