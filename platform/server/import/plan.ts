/** From two clusters to what is to be done, and what is told about it. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { User } from '@orrery/platform-kinds';
import { adoptions, follows } from './adopt.ts';
import { nameOf } from './clean.ts';
import { digest, markOf, stateOf } from './compare.ts';
import { kindFacts, order } from './kinds.ts';
import { knownOf } from './known.ts';
import { linesOfLeft } from './left.ts';
import { translateMembers } from './members.ts';
import { translatePeople } from './people.ts';
import { translateRoles } from './roles.ts';
import type { Action, Kind, Line, Plan, PlanOptions, Snapshot, Wish, Wishes } from './shapes.ts';
import { translateTenancy } from './tenancy.ts';

/** Everything that the installation has, in Orrery's shapes. */
export function translate(source: Snapshot, inPlace = false): Wishes & { readonly left: readonly Line[] } {
  const known = knownOf(source);
  const parts = [
    translatePeople(known),
    translateTenancy(known, inPlace),
    translateRoles(known),
    translateMembers(known, inPlace),
  ];
  const adopted = inPlace ? adoptions(known) : [];
  return {
    wishes: [...parts.flatMap(({ wishes }) => wishes), ...adopted].toSorted(
      (left, right) => order.indexOf(left.kind) - order.indexOf(right.kind),
    ),
    refusals: parts.flatMap(({ refusals }) => refusals),
    // In place it stays what it is.
    left: inPlace ? [] : linesOfLeft(known),
  };
}

/**
 * What is missing is made, what an earlier import wrote is brought up to date. What was changed or removed here since, and what somebody else
 * made, stays unless `force`. In one and the same cluster what is missing of Orrery's is added.
 */
export function plan(source: Snapshot, target: Snapshot, { force = false, ledger = {} }: PlanOptions = {}): Plan {
  const inPlace = source.cluster === target.cluster;
  const { wishes, refusals, left } = translate(source, inPlace);
  const there = new Map(
    order.flatMap(kind => (target[kind] as readonly KubeObject[]).map(object => [`${kind}/${nameOf(object)}`, object])),
  );
  const actions: Action[] = [];
  const lines: Line[] = refusals.map(({ kind, name, why }) => line(kind, name, 'not brought', why));
  lines.push(...left);
  const marks: Record<string, string> = { ...ledger };
  for (const { kind, object, changes } of wishes) {
    const name = nameOf(object);
    const key = keyOf(source, kind, name, changes);
    const found = there.get(`${kind}/${name}`);
    const { decision, why } = decide(found, object, ledger[key], force, inPlace);
    if (decision === 'kept') {
      lines.push(line(kind, name, 'not brought', why));
      continue;
    }
    marks[key] = markOf(object);
    lines.push({
      ...line(kind, name, changes.length > 0 ? 'changed' : 'as it is', changes.join('; ')),
      action: decision === 'patch' ? 'update' : decision,
    });
    if (decision !== 'none') actions.push(actionOf(decision, key, kind, object, found));
  }
  return { actions, lines, ledger: marks };
}

/** By where it came from: another installation's account of the same name is another. One object may be wanted twice in place. */
const keyOf = ({ cluster }: Snapshot, kind: Kind, name: string, changes: Wish['changes']): string =>
  digest(`${cluster}/${kind}/${name}${changes.includes(follows) ? '#marks' : ''}`);

interface Decision {
  readonly decision: 'create' | 'patch' | 'none' | 'kept';
  readonly why: string;
}

function decide(
  there: KubeObject | undefined,
  wanted: KubeObject,
  mark: string | undefined,
  force: boolean,
  inPlace: boolean,
): Decision {
  const state = stateOf(there, wanted, mark);
  if (state === 'same') return { decision: 'none', why: '' };
  if (state === 'missing') return { decision: 'create', why: '' };
  if (state === 'old' || (state === 'foreign' && inPlace)) return { decision: 'patch', why: '' };
  if (force) return { decision: state === 'removed here' ? 'create' : 'patch', why: '' };
  return {
    decision: 'kept',
    why:
      state === 'foreign'
        ? 'another one is here, which no import made: --force brings this one over it'
        : `was ${state === 'removed here' ? 'removed' : 'changed'} here since: --force brings it again`,
  };
}

const line = (kind: Kind, name: string, verdict: Line['verdict'], why: string): Line => ({
  kind: kindFacts[kind].kind,
  name,
  verdict,
  why,
  action: 'none',
});

function actionOf(verb: Action['verb'], key: string, kind: Kind, wanted: KubeObject, there?: KubeObject): Action {
  const { resource, apiVersion, kind: title } = kindFacts[kind];
  const object = kind === 'users' ? withGroups(wanted as User, there as User | undefined) : wanted;
  return { verb, key, resource, object: { ...object, apiVersion, kind: title } };
}

/** Groups that an account has here by its departments stay. */
function withGroups(user: User, there: User | undefined): User {
  const { groups } = user.spec;
  if (!groups || !there?.spec?.groups) return user;
  return { ...user, spec: { ...user.spec, groups: [...new Set([...there.spec.groups, ...groups])] } };
}
