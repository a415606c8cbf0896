/** The templates that a workload had, from what its controller keeps: pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnswerOf } from '@orrery/platform-contract';
import type { operations } from '@orrery/platform-contract/features';
import { sameJson } from '@orrery/reconciler';

export type Revision = AnswerOf<typeof operations.deploymentRevisions>['items'][number];
export type WorkloadKind = 'deployments' | 'statefulsets' | 'daemonsets';

export interface Template {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
}

export interface Workload extends KubeObject {
  readonly spec?: {
    readonly selector?: object;
    readonly paused?: boolean;
    readonly template?: Template;
  };
}

/** A ReplicaSet or a ControllerRevision. */
export interface Keeper extends KubeObject {
  readonly revision?: number;
  readonly data?: { readonly spec?: { readonly template?: Template & { readonly $patch?: string } } };
  readonly spec?: { readonly template?: Template; readonly replicas?: number };
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const causeAnnotation = 'kubernetes.io/change-cause';
const hashLabel = 'pod-template-hash';

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  object.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid) ??
  false;

/** Which revision a keeper keeps; undefined while its controller has not said. */
export function numberOf({ revision, metadata }: Keeper): number | undefined {
  if (revision !== undefined) return revision;
  const text = metadata.annotations?.[revisionAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** As it stands in the workload: without what a controller adds to tell its pods apart. */
export function templateOf({ spec, data }: Keeper): Template {
  if (data) {
    const { $patch: _patch, ...template } = data.spec?.template ?? {};
    return template;
  }
  const { metadata = {}, ...rest } = spec?.template ?? {};
  const { [hashLabel]: _hash, ...labels } = metadata.labels ?? {};
  return { metadata: { ...metadata, labels }, ...rest };
}

/** Templates that say the same: members that say nothing (`creationTimestamp: null`, no labels) are none. */
export const sameTemplate = (one: Template, other: Template): boolean => sameJson(plain(one), plain(other));

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value)
    .map(([name, member]) => [name, plain(member)] as const)
    .filter(([, member]) => member !== undefined && !isEmpty(member));
  return Object.fromEntries(members);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** The newest first. */
export function revisionsOf(workload: Workload, keepers: readonly Keeper[]): Revision[] {
  const today = workload.spec?.template ?? {};
  return ordered(workload, keepers).map(({ keeper, revision }, index) => {
    const template = templateOf(keeper);
    const { name = '', creationTimestamp: createTime = '', annotations } = keeper.metadata;
    const changeCause = annotations?.[causeAnnotation];
    return {
      revision,
      name,
      createTime,
      current: index === 0 && sameTemplate(template, today),
      images: (template.spec?.containers ?? []).flatMap(({ image }) => image ?? []),
      ...(changeCause !== undefined && { changeCause }),
      ...(keeper.spec?.replicas !== undefined && { replicas: keeper.spec.replicas }),
    };
  });
}

function ordered(workload: Workload, keepers: readonly Keeper[]): { keeper: Keeper; revision: number }[] {
  return keepers
    .filter(keeper => isOwnedBy(keeper, workload))
    .flatMap(keeper => {
      const revision = numberOf(keeper);
      return revision === undefined ? [] : [{ keeper, revision }];
    })
    .toSorted((left, right) => right.revision - left.revision);
}

/** The keeper of a revision; of the one before today's for 0. Undefined when there is none. */
export function keeperOf(workload: Workload, keepers: readonly Keeper[], revision: number): Keeper | undefined {
  const all = ordered(workload, keepers);
  return revision === 0 ? all[1]?.keeper : all.find(found => found.revision === revision)?.keeper;
}
