/**
 * Ending what is under way when its ground is gone: a session that is over, an account that is disabled, a right that was taken.
 * Watches and terminals are looked at once, when they start; whoever still may starts them again. The delta stream looks again by itself.
 */
import { resources } from '@orrery/client/resources';
import { labels, type PlatformRole, type Subject, type User } from '@orrery/platform-kinds';
import type { Informer, InformerFactory } from '@orrery/reconciler';
import { same } from '../access/heal.ts';
import { managedBy } from '../access/materialise.ts';
import type { NativeBinding } from '../access/visible.ts';
import type { LiveRequests } from './live.ts';
import { sessionIdOf } from './sessions.ts';
import type { Secret } from './secrets.ts';
import { isActive } from './users.ts';

export interface EndingOptions {
  readonly live: LiveRequests;
  readonly informers: InformerFactory;
  readonly sessions: Informer<Secret>;
  readonly accounts: Informer<User>;
}

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const subjectKey = ({ kind, name }: Subject): string => `${kind}/${name}`;

/** Whom a binding gave something that it no longer gives. */
export function losers(before: NativeBinding, after: NativeBinding | undefined): Subject[] {
  const { subjects = [] } = before;
  if (!after || !same(before.roleRef, after.roleRef)) return subjects;
  const kept = new Set((after.subjects ?? []).map(subjectKey));
  return subjects.filter(subject => !kept.has(subjectKey(subject)));
}

export function endWhatIsOver({ live, informers, sessions, accounts }: EndingOptions): void {
  const sessionsOf = (user: string): string[] =>
    sessions
      .list()
      .filter(({ metadata }) => metadata.labels?.[labels.user] === user)
      .map(sessionIdOf);
  const endUser = (user: string) => sessionsOf(user).forEach(session => live.end(session));
  sessions.onChange(({ before, after }) => {
    if (before && !after) live.end(sessionIdOf(before));
  });
  accounts.onChange(({ before, after }) => {
    if (!before) return;
    const lost = before.spec.groups?.some(group => !after?.spec.groups?.includes(group));
    if (!after || !isActive(after) || lost) endUser(before.metadata.name!);
  });
  endWhatStoodOnRights({ live, informers, sessions, accounts });
}

/** The part that looks at one cluster: `informers` are of the cluster where the rights are held. */
export function endWhatStoodOnRights({ live, informers, sessions, accounts }: EndingOptions): void {
  const rightsLost = (user: string) =>
    sessions
      .list()
      .filter(({ metadata }) => metadata.labels?.[labels.user] === user)
      .forEach(session => live.rightsLost(sessionIdOf(session)));
  const subjectLost = ({ kind, name }: Subject) => {
    if (kind === 'User') rightsLost(name);
    if (kind === 'Group')
      for (const { metadata, spec } of accounts.list()) if (spec.groups?.includes(name)) rightsLost(metadata.name!);
  };
  const bindings = [
    informers.of<NativeBinding>(resources.rolebindings),
    informers.of<NativeBinding>(resources.clusterrolebindings, { labelSelector }),
  ];
  for (const informer of bindings)
    informer.onChange(({ before, after }) => {
      if (before) losers(before, after).forEach(subjectLost);
    });
  for (const resource of [resources.clusterroles, resources.roles])
    informers.of<PlatformRole>(resource, { labelSelector }).onChange(({ before, after }) => {
      // Who has the role is not asked: roles change seldom, and whoever still may comes back.
      if (before && !same(before.rules, after?.rules)) live.rightsLost();
    });
}
