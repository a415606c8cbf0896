/** The revisions of workloads, whichever kind (pure). */
import type { AnswerOf, AnyRoute } from '@orrery/platform-contract';
import { operations as routes } from '@orrery/platform-contract/features';

export type Revision = AnswerOf<typeof routes.deploymentRevisions>['items'][number];
export type Difference = AnswerOf<typeof routes.deploymentDiff>;

interface RevisionRoutes {
  readonly list: typeof routes.deploymentRevisions;
  readonly diff: typeof routes.deploymentDiff;
  readonly rollBack: AnyRoute;
}

/** Their answers are the same: the types are those of the first. */
export const revisionRoutes: Readonly<Record<string, RevisionRoutes>> = {
  deployments: { list: routes.deploymentRevisions, diff: routes.deploymentDiff, rollBack: routes.rollBackDeployment },
  statefulsets: {
    list: routes.statefulSetRevisions as unknown as typeof routes.deploymentRevisions,
    diff: routes.statefulSetDiff as unknown as typeof routes.deploymentDiff,
    rollBack: routes.rollBackStatefulSet,
  },
  daemonsets: {
    list: routes.daemonSetRevisions as unknown as typeof routes.deploymentRevisions,
    diff: routes.daemonSetDiff as unknown as typeof routes.deploymentDiff,
    rollBack: routes.rollBackDaemonSet,
  },
};

/** `spec.containers[0].image` of `/spec/containers/0/image`. */
export const fieldOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) return `${path}[${part}]`;
      return /^[\w-]+$/.test(part) ? `${path}${path === '' ? '' : '.'}${part}` : `${path}[${JSON.stringify(part)}]`;
    }, '');

/** A value in a cell: short, and texts as they are. */
export const valueText = (value: unknown): string =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
