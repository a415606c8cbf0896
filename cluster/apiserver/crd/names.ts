/** Which names a definition may have, and what its conditions say (apiextensions `controller/status`, `controller/apiapproval`). Pure. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinitionNames as Names,
  CustomResourceDefinitionStatus as Status,
} from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';

/** Holds a definition until its instances are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** Names of a group that others have. */
export interface TakenNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and list kinds. */
  readonly kinds: ReadonlySet<string>;
}

/** The names that definitions hold; those of built-in kinds come in as `more`. */
export function takenNames(holders: Iterable<Names>): TakenNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { plural, singular, shortNames, kind, listKind } of holders) {
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

export const conditionOf = (status: Status | undefined, type: string): Condition | undefined =>
  status?.conditions?.find(condition => condition.type === type);

export const isTrue = (status: Status | undefined, type: string): boolean =>
  conditionOf(status, type)?.status === 'True';

/** Puts a condition in; its time changes only with its status. */
export function withCondition(conditions: readonly Condition[], next: Condition, nowMs: number): Condition[] {
  const known = conditions.find(condition => condition.type === next.type);
  const time = known && known.status === next.status ? known.lastTransitionTime : formatTime(nowMs);
  const made: Condition = {
    type: next.type,
    status: next.status,
    lastTransitionTime: time,
    reason: next.reason,
    message: next.message,
  };
  return known ? conditions.map(condition => (condition === known ? made : condition)) : [...conditions, made];
}

const conflict = (name: string): string => `${JSON.stringify(name)} is already in use`;

interface Accepted {
  readonly names: Names;
  readonly problem?: { readonly reason: string; readonly message: string };
}

/** Takes each wanted name that is free or its own already. */
function acceptNames(wanted: Names, held: Names, taken: TakenNames): Accepted {
  const names: Names = { ...held };
  let problem: Accepted['problem'];
  const take = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    used: ReadonlySet<string>,
    reason: string,
  ): void => {
    const name = wanted[field] ?? '';
    if (name === (held[field] ?? '') || !used.has(name)) names[field] = name;
    else problem = { reason, message: conflict(name) };
  };
  take('plural', taken.resources, 'PluralConflict');
  take('singular', taken.resources, 'SingularConflict');
  const fresh = (wanted.shortNames ?? []).filter(name => !held.shortNames?.includes(name) && taken.resources.has(name));
  if (fresh.length > 0) {
    const messages = fresh.map(conflict);
    problem = {
      reason: 'ShortNamesConflict',
      message: messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`,
    };
  } else names.shortNames = wanted.shortNames;
  take('kind', taken.kinds, 'KindConflict');
  take('listKind', taken.kinds, 'ListKindConflict');
  names.categories = wanted.categories;
  return { names: ordered(names), ...(problem && { problem }) };
}

function ordered({ plural, singular, shortNames, kind, listKind, categories }: Names): Names {
  return {
    plural,
    ...(singular && { singular }),
    ...(shortNames && shortNames.length > 0 && { shortNames }),
    kind,
    ...(listKind && { listKind }),
    ...(categories && categories.length > 0 && { categories }),
  };
}

const approval = 'api-approved.kubernetes.io';

/** Groups of Kubernetes itself need somebody's approval. */
export const isProtectedGroup = (group: string): boolean => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

function approvalCondition({ metadata, spec }: CustomResourceDefinition): Condition | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const type = 'KubernetesAPIApprovalPolicyConformant';
  const text = metadata.annotations?.[approval];
  if (text === undefined) {
    const message = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    return { type, status: 'False', reason: 'MissingAnnotation', message };
  }
  if (/^https?:\/\/\S+$/.test(text))
    return { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${text}` };
  if (text.startsWith('unapproved'))
    return { type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(text)}` };
  const message = `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`;
  return { type, status: 'False', reason: 'InvalidAnnotation', message };
}

/** Names are accepted in one step, and served in the next. */
function establishedFor(hasProblem: boolean, wasAccepted: boolean): Condition {
  const type = 'Established';
  if (hasProblem) return { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  const message = 'the initial names have been accepted';
  if (!wasAccepted) return { type, status: 'False', reason: 'Installing', message };
  return { type, status: 'True', reason: 'InitialNamesAccepted', message };
}

const nobody: Names = { plural: '', kind: '' };

/**
 * The status a definition should have.
 * @param violations of the rules of structural schemas; only definitions from elsewhere can have them. Undefined leaves what is told of them
 */
export function statusFor(
  definition: CustomResourceDefinition,
  taken: TakenNames,
  violations: readonly string[] | undefined,
  nowMs: number,
): Status {
  const { spec, status } = definition;
  const { names, problem } = acceptNames(spec.names, status?.acceptedNames ?? nobody, taken);
  let conditions: Condition[] = [...(status?.conditions ?? [])];
  const set = (condition: Condition): void => void (conditions = withCondition(conditions, condition, nowMs));
  if (problem) set({ type: 'NamesAccepted', status: 'False', ...problem });
  else set({ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' });
  if (!isTrue(status, 'Established')) set(establishedFor(problem !== undefined, isTrue(status, 'NamesAccepted')));
  if (violations !== undefined && violations.length > 0) {
    const message = violations.length === 1 ? violations[0]! : `[${violations.join(', ')}]`;
    set({ type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message });
  } else if (violations !== undefined) conditions = conditions.filter(({ type }) => type !== 'NonStructuralSchema');
  const approved = approvalCondition(definition);
  if (approved) set(approved);
  return { conditions, acceptedNames: names, storedVersions: status?.storedVersions ?? [] };
}
