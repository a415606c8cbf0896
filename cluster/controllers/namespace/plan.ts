/** What is left of a namespace that goes away, and how its conditions tell (upstream `pkg/controller/namespace/deletion`). */
import type { Namespace, NamespaceCondition } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { semanticEqual } from '../common/equal.ts';

/** What one round of deleting has found. */
export interface Findings {
  /** Group versions that could not be discovered. */
  readonly stale: readonly string[];
  /** Errors of deleting. */
  readonly errors: readonly string[];
  /** How many objects remain per `resource.group`. */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many of them wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
}

interface Verdict {
  readonly type: string;
  readonly well: { readonly reason: string; readonly message: string };
  /** The trouble, if there is any. */
  trouble(findings: Findings): { readonly reason: string; readonly message: string } | undefined;
}

const listed = (counts: ReadonlyMap<string, number>, words: (name: string, count: number) => string): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => words(name, count))
    .join(', ');

const verdicts: readonly Verdict[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    well: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
    trouble: ({ stale }) =>
      stale.length === 0
        ? undefined
        : {
            reason: 'DiscoveryFailed',
            message: `Discovery failed for some groups, ${stale.length} failing: unable to retrieve the complete list of server APIs: ${stale.map(version => `${version}: stale GroupVersion discovery: ${version}`).join(', ')}`,
          },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    well: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
    trouble: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    well: {
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    trouble: ({ errors }) =>
      errors.length === 0
        ? undefined
        : {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types, ${errors.length} remaining: ${[...errors].sort().join(', ')}`,
          },
  },
  {
    type: 'NamespaceContentRemaining',
    well: { reason: 'ContentRemoved', message: 'All content successfully removed' },
    trouble: ({ remaining }) =>
      remaining.size === 0
        ? undefined
        : {
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${listed(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
          },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    well: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
    trouble: ({ finalizers }) =>
      finalizers.size === 0
        ? undefined
        : {
            reason: 'SomeFinalizersRemain',
            message: `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
          },
  },
];

/** The namespace with its phase and conditions as found; undefined when they already are. */
export function terminatingStatus(namespace: Namespace, findings: Findings, now: number): Namespace | undefined {
  const former = namespace.status?.conditions ?? [];
  const conditions: NamespaceCondition[] = former.filter(
    ({ type }) => !verdicts.some(verdict => verdict.type === type),
  );
  for (const verdict of verdicts) {
    const trouble = verdict.trouble(findings);
    const next = { type: verdict.type, status: trouble ? 'True' : 'False', ...(trouble ?? verdict.well) };
    const before = former.find(({ type }) => type === verdict.type);
    const since = before?.status === next.status ? before.lastTransitionTime : formatTime(now);
    conditions.push({ ...next, lastTransitionTime: since });
  }
  const status = { phase: 'Terminating' as const, conditions };
  return semanticEqual(namespace.status, status) ? undefined : { ...namespace, status };
}

/** The namespace without the finalizer that holds it for its contents. */
export const withoutFinalizer = (namespace: Namespace): Namespace => ({
  ...namespace,
  spec: { ...namespace.spec, finalizers: (namespace.spec?.finalizers ?? []).filter(name => name !== 'kubernetes') },
});
