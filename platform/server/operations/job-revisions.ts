/** Keeps KubeSphere's record of the runs of a Job in its annotation, for Jobs of projects. */
import { resources } from '@orrery/client/resources';
import { orUndefined } from '@orrery/machinery/status';
import { labels } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { revisionsAnnotation, revisionsWith, type Job } from './jobs.ts';

export function keepRuns({ client, informers }: PlatformContext): ControllerOptions {
  const jobs = informers.of<Job>(resources.jobs);
  const namespaces = informers.of(resources.namespaces);
  return {
    name: 'platform-job-runs',
    sources: [
      watchOf(jobs, ({ after }) => (after ? [`${after.metadata.namespace}/${after.metadata.name}`] : [])),
      watchOf(namespaces, ({ before, after }) =>
        after && isProject(after.metadata.labels) && !isProject(before?.metadata.labels)
          ? jobs.list(after.metadata.name).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
          : [],
      ),
    ],
    async reconcile(key) {
      const job = jobs.get(key);
      const project = namespaces.get(key.split('/')[0]!);
      if (!job || job.metadata.deletionTimestamp || !isProject(project?.metadata.labels)) return;
      const written = revisionsWith(job);
      if (written === undefined) return;
      const { uid, name, namespace } = job.metadata;
      // Of another Job by the same name it would be wrong: the uid is looked at by the cluster.
      const patch = { metadata: { uid, annotations: { [revisionsAnnotation]: written } } };
      await orUndefined(client.patch(resources.jobs, name!, 'merge', patch, { namespace }));
    },
  };
}

const isProject = (found: Readonly<Record<string, string>> | undefined): boolean =>
  found?.[labels.workspace] !== undefined;
