/** ControllerRevisions: the history of templates that DaemonSets and StatefulSets keep (upstream `controller/history`). */
import type { ControllerRevision, PodTemplateSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { semanticEqual } from './equal.ts';
import { templateHash } from './hash.ts';
import { controllerReference } from './ownership.ts';

export interface RevisionPlan {
  /** The revision of the present template: one that exists, or the one to create. */
  readonly current: ControllerRevision;
  readonly create: boolean;
  /** The existing one with a higher number, because it is the newest again (a rollback). */
  readonly renumber?: ControllerRevision;
}

/** A strategic merge patch that puts the template back: what `kubectl rollout undo` applies. */
const dataOf = (template: PodTemplateSpec): Record<string, unknown> => ({
  spec: { template: { ...template, $patch: 'replace' } },
});

/** Finds the revision of the present template or describes a new one. `hashLabel` is where its hash stands. */
export function planRevision(
  owner: KubeObject & { spec: { template: PodTemplateSpec }; status?: { collisionCount?: number } },
  revisions: readonly ControllerRevision[],
  hashLabel: string,
): RevisionPlan {
  const { template } = owner.spec;
  const data = dataOf(template);
  const newest = Math.max(0, ...revisions.map(({ revision }) => revision));
  const matching = revisions
    .filter(revision => semanticEqual(revision.data, data))
    .sort((a, b) => b.revision - a.revision);
  const [found] = matching;
  if (found) {
    const renumber = found.revision < newest ? { ...found, revision: newest + 1 } : undefined;
    return { current: found, create: false, ...(renumber && { renumber }) };
  }
  const hash = templateHash(template, owner.status?.collisionCount);
  const { annotations } = owner.metadata;
  const current: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision: newest + 1,
  };
  return { current, create: true };
}

/** The oldest revisions beyond the limit that nothing uses. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
  limit: number,
): ControllerRevision[] {
  const idle = revisions.filter(revision => !isLive(revision)).sort((a, b) => a.revision - b.revision);
  return idle.slice(0, Math.max(0, idle.length - limit));
}

/** The template a revision holds. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const spec = data?.['spec'] as { template: PodTemplateSpec & { $patch?: string } };
  const { $patch: _directive, ...template } = spec.template;
  return template;
}
