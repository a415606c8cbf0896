/** Revisions: which ReplicaSet carries the present template, what it is called, and what goes on and off the record. */
import type { Deployment, PodTemplateSpec, ReplicaSet } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionOf, withCondition } from '../common/conditions.ts';
import { semanticEqual } from '../common/equal.ts';
import { templateHash } from '../common/hash.ts';
import { controllerReference } from '../common/ownership.ts';
import { put, withSizeAnnotations, type Draft } from './draft.ts';
import { annotations, intAnnotation, newReplicaCount, oldestFirst, wantedReplicas } from './sizes.ts';

export const hashLabel = 'pod-template-hash';
const longestHistory = 2000;
const neverExpires = 2 ** 31 - 1;

const notCopied = new Set<string>([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  ...Object.values(annotations),
]);

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [hashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  semanticEqual(withoutHash(a), withoutHash(b));

/** The oldest ReplicaSet with the Deployment's template: should there be several, all agree on it. */
export const findNew = (deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  oldestFirst(replicaSets).find(replicaSet => sameTemplate(replicaSet.spec.template, deployment.spec.template));

export const hasProgressDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== neverExpires;

const revisionOf = (replicaSet: ReplicaSet): number => intAnnotation(replicaSet, annotations.revision) ?? 0;

const nextRevision = (old: readonly ReplicaSet[]): number => Math.max(0, ...old.map(revisionOf)) + 1;

const copiedAnnotations = (deployment: Deployment): Record<string, string> =>
  Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)));

/** Brings the annotations of the existing new ReplicaSet up to date, and the Deployment's revision with them. */
export function syncRevision(draft: Draft): void {
  const { deployment, now } = draft.observed;
  const { fresh } = draft;
  if (!fresh) return;
  const next = nextRevision(draft.old);
  const present = fresh.metadata.annotations ?? {};
  const changed = { ...present, ...copiedAnnotations(deployment) };
  if (revisionOf(fresh) < next) {
    changed[annotations.revision] = String(next);
    const former = present[annotations.revision];
    if (former !== undefined) changed[annotations.revisionHistory] = history(present, former);
  }
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (!semanticEqual(present, changed) || (fresh.spec.minReadySeconds ?? 0) !== minReadySeconds) {
    const metadata = { ...fresh.metadata, annotations: changed };
    put(draft, { ...fresh, metadata, spec: { ...fresh.spec, minReadySeconds } });
  }
  draft.revision = changed[annotations.revision];
  if (hasProgressDeadline(deployment) && !conditionOf(draft.conditions, 'Progressing')) {
    draft.conditions = withCondition(draft.conditions, {
      ...progressing('True', 'FoundNewReplicaSet', `Found new replica set "${fresh.metadata.name}"`, now),
    });
  }
}

function history(present: Readonly<Record<string, string>>, former: string): string {
  const revisions = (present[annotations.revisionHistory] ?? '').split(',').filter(revision => revision !== '');
  revisions.push(former);
  while (revisions.length > 1 && revisions.join(',').length > longestHistory) revisions.shift();
  return revisions.join(',');
}

export const progressing = (status: 'True' | 'False' | 'Unknown', reason: string, message: string, now: number) => ({
  type: 'Progressing',
  status,
  lastUpdateTime: formatTime(now),
  lastTransitionTime: formatTime(now),
  reason,
  message,
});

/** Adds the ReplicaSet of the present template to the draft, already scaled as far as the rollout allows. */
export function createNew(draft: Draft): void {
  const { deployment, now } = draft.observed;
  const replicaSet = newReplicaSet(draft);
  const size = newReplicaCount(deployment, draft.old, 0);
  const scaled = { ...replicaSet, spec: { ...replicaSet.spec, replicas: size } };
  const name = replicaSet.metadata.name!;
  const events = size > 0 ? [`Scaled up replica set ${name} from 0 to ${size}`] : [];
  draft.writes = [...draft.writes, { action: 'create', replicaSet: scaled, events }];
  draft.fresh = scaled;
  draft.revision = scaled.metadata.annotations?.[annotations.revision];
  if (hasProgressDeadline(deployment)) {
    const condition = progressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, now);
    draft.conditions = withCondition(draft.conditions, condition);
  }
}

function newReplicaSet(draft: Draft): ReplicaSet {
  const { deployment } = draft.observed;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const bare: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { ...copiedAnnotations(deployment), [annotations.revision]: String(nextRevision(draft.old)) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  return withSizeAnnotations(bare, deployment);
}

/** Deletes the oldest revisions beyond the history limit; never one that has or wants pods. */
export function cleanUpHistory(draft: Draft): void {
  const limit = draft.observed.deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === neverExpires) return;
  const alive = draft.old.filter(replicaSet => !replicaSet.metadata.deletionTimestamp);
  const surplus = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, alive.length - limit));
  for (const replicaSet of surplus) {
    const { status, metadata } = replicaSet;
    const unobserved = (metadata.generation ?? 0) > (status?.observedGeneration ?? 0);
    if ((status?.replicas ?? 0) !== 0 || wantedReplicas(replicaSet) !== 0 || unobserved) continue;
    draft.writes = [...draft.writes, { action: 'delete', replicaSet, events: [] }];
  }
}
