/** What can be done to an object of each kind, as data (pure). */
import { Ban, CirclePlay, CircleCheck, Pause, Play, RefreshCw, RotateCw, Scaling, Star } from 'lucide-react';
import type { CronJob, Node, StorageClass } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Icon } from '../../../ui/icon.ts';
import { text, type Text } from '../../../util/messages.ts';
import { isDefaultClass } from '../kinds/configuration.ts';
import type { ActionName } from '../kinds/view.ts';
import * as calls from './calls.ts';
import { jobOf } from './copies.ts';

/** What a write may need besides its object. */
export interface Chosen {
  readonly now: string;
  /** Letters that no other object's name has. */
  readonly suffix: string;
  readonly replicas: number;
}

export interface ObjectAction {
  readonly title: Text;
  /** What happens then. */
  readonly consequence: Text;
  readonly icon: Icon;
  readonly verb: 'patch' | 'create';
  readonly subresource?: string;
  /** Another kind than the object's: what is made. */
  readonly makes?: { readonly group: string; readonly resource: string };
  readonly write: (object: KubeObject, place: calls.Place, chosen: Chosen) => calls.Write;
  readonly done: Text;
}

const jobs = { group: 'batch', resource: 'jobs' };
const jobPlace = (place: calls.Place, name: string): calls.Place => ({ ...place, version: 'v1', ...jobs, name });
const named = (object: KubeObject): string => object.metadata.name ?? '';

const scale: ObjectAction = {
  title: text('Scale', '伸缩副本'),
  consequence: text('How many pods of it are to run?', '请设置需要运行的容器组数量。'),
  icon: Scaling,
  verb: 'patch',
  subresource: 'scale',
  write: (_object, place, { replicas }) => calls.scaled(place, replicas),
  done: text('{{name}} is being scaled', '正在伸缩 {{name}}'),
};

const restart: ObjectAction = {
  title: text('Restart', '重新创建'),
  consequence: text(
    'Its pods are replaced by new ones, step by step, by its own update strategy.',
    '将按照其更新策略逐步用新的容器组替换现有容器组。',
  ),
  icon: RotateCw,
  verb: 'patch',
  write: (_object, place, { now }) => calls.restarted(place, now),
  done: text('{{name}} is being restarted', '正在重新创建 {{name}}'),
};

const runNow: ObjectAction = {
  title: text('Run now', '立即运行'),
  consequence: text('A job is made of it at once, besides those by the clock.', '除定时触发外，立即创建一个任务。'),
  icon: CirclePlay,
  verb: 'create',
  makes: jobs,
  write(object, place, { suffix }) {
    const job = jobOf(object as CronJob, suffix);
    const name = named(job);
    const write = calls.created(job, jobPlace(place, name));
    return { ...write, kubectl: `kubectl -n ${place.namespace} create job ${name} --from=cronjob/${place.name}` };
  },
  done: text('{{name}} was started', '{{name}} 已启动'),
};

const rerun: ObjectAction = {
  title: text('Run again', '重新运行'),
  consequence: text(
    'The job is made anew under its own name: pods of the run before go, and it remembers that there was one.',
    '将以相同名称重新创建任务，上次运行的容器组会被删除，并保留运行记录。',
  ),
  icon: RefreshCw,
  verb: 'create',
  makes: jobs,
  write: (object, place) => calls.ranAgain(place, object.metadata.resourceVersion ?? ''),
  done: text('{{name}} runs again', '{{name}} 已重新运行'),
};

const pause: ObjectAction = {
  title: text('Pause', '暂停'),
  consequence: text(
    'No more jobs are started by the clock; those that run go on.',
    '不再按计划启动新任务，正在运行的任务不受影响。',
  ),
  icon: Pause,
  verb: 'patch',
  write: (_object, place) => calls.suspended(place, true),
  done: text('{{name}} is paused', '{{name}} 已暂停'),
};
const resume: ObjectAction = {
  title: text('Resume', '启动'),
  consequence: text('Jobs are started by the clock again.', '恢复按计划启动任务。'),
  icon: Play,
  verb: 'patch',
  write: (_object, place) => calls.suspended(place, false),
  done: text('{{name}} goes on', '{{name}} 已启动'),
};

const cordon: ObjectAction = {
  title: text('Cordon', '停止调度'),
  consequence: text(
    'No new pods come to this node; those that are there stay.',
    '新的容器组将不再调度到此节点，已有容器组不受影响。',
  ),
  icon: Ban,
  verb: 'patch',
  write: (_object, place) => calls.cordoned(place, true),
  done: text('{{name}} takes no more pods', '{{name}} 已停止调度'),
};
const uncordon: ObjectAction = {
  title: text('Uncordon', '启用调度'),
  consequence: text('New pods may come to this node again.', '新的容器组可以再次调度到此节点。'),
  icon: CircleCheck,
  verb: 'patch',
  write: (_object, place) => calls.cordoned(place, false),
  done: text('{{name}} takes pods again', '{{name}} 已启用调度'),
};

const makeDefault: ObjectAction = {
  title: text('Make the default', '设为默认存储类'),
  consequence: text('Claims that name no class are served by this one.', '未指定存储类的持久卷声明将使用此存储类。'),
  icon: Star,
  verb: 'patch',
  write: (_object, place) => calls.madeDefault(place, true),
  done: text('{{name}} is the default', '{{name}} 已设为默认存储类'),
};
const leaveDefault: ObjectAction = {
  ...makeDefault,
  title: text('Do not use as default', '取消默认存储类'),
  consequence: text('Claims must name the class that they want.', '持久卷声明需要明确指定存储类。'),
  write: (_object, place) => calls.madeDefault(place, false),
  done: text('{{name}} is no longer the default', '{{name}} 已不再是默认存储类'),
};

/** The action that fits the object as it is. */
export const actionFor: Readonly<Record<ActionName, (object: KubeObject) => ObjectAction>> = {
  scale: () => scale,
  restart: () => restart,
  runNow: () => runNow,
  rerun: () => rerun,
  suspend: object => ((object as CronJob).spec.suspend ? resume : pause),
  cordon: object => ((object as Node).spec?.unschedulable ? uncordon : cordon),
  makeDefault: object => (isDefaultClass(object as StorageClass) ? leaveDefault : makeDefault),
};
