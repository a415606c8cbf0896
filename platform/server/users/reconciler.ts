/** Keeps what follows from accounts: no plain password stays, the role of the annotation holds, and who is gone leaves nothing. */
import { formatTime } from '@orrery/machinery/clock';
import { orUndefined } from '@orrery/machinery/status';
import {
  annotations,
  labels,
  platformResources,
  type LoginRecord,
  type PlatformRoleBinding,
  type User,
} from '@orrery/platform-kinds';
import { watchOf, type Change, type ControllerOptions } from '@orrery/reconciler';
import type { KubeObject } from '@orrery/machinery/meta';
import { heal } from '../access/heal.ts';
import type { LoginOptions } from '../config/options.ts';
import type { PlatformContext } from '../context.ts';
import { isHash } from '../identity/passwords.ts';
import { usersWithEmail } from '../identity/users.ts';
import { closedForMs } from '../login/limits.ts';
import { planUser, removeTraces } from './plan.ts';

const byUser = 'user';
const userOf = ({ metadata }: KubeObject): string[] => {
  const user = metadata.labels?.[labels.user];
  return user ? [user] : [];
};
const usersOf = ({ before, after }: Change<KubeObject>): string[] =>
  [before, after].flatMap(object => (object ? userOf(object) : []));

export function healUsers(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const users = informers.of<User>(platformResources.users);
  const bindings = informers.of<PlatformRoleBinding>(platformResources.globalrolebindings);
  const records = informers.of<LoginRecord>(platformResources.loginrecords);
  records.addIndex(byUser, userOf);
  bindings.addIndex(byUser, userOf);
  return {
    name: 'platform-users',
    sources: [
      watchOf(users),
      // Whoever had or has the same e-mail address.
      watchOf(users, ({ before, after }) => {
        const emails = new Set([before, after].map(user => user?.spec.email ?? ''));
        if (emails.size === 1) return [];
        return [...emails].flatMap(email => usersWithEmail(users, email)).map(({ metadata }) => metadata.name!);
      }),
      watchOf(bindings, usersOf),
      watchOf(records, usersOf),
    ],
    async reconcile(name) {
      const user = await orUndefined(client.get<User>(platformResources.users, name));
      if (!user) {
        await removeTraces(client, name);
        await context.sessions.endAll(name);
        return undefined;
      }
      await hashPlain(context, user);
      const own = bindings
        .byIndex(byUser, name)
        .map(object => ({ resource: platformResources.globalrolebindings, object }));
      const role = user.metadata.annotations?.[annotations.globalRole];
      // Without the annotation nothing is said about the user's roles: bindings made by hand stay.
      if (role) await heal(client, planUser(user), own);
      const kept = records.byIndex(byUser, name);
      await tellLastLogin(context, user, kept);
      const options = context.config.login();
      await Promise.all(tooOld(kept, context.clock.now(), options).map(record => drop(context, record)));
      const closedMs = closedForMs(kept, context.clock.now(), options);
      const others = usersWithEmail(users, user.spec.email ?? '').filter(({ metadata }) => metadata.name !== name);
      await tellState(context, user, closedMs > 0, others.length > 0);
      return closedMs > 0 ? { requeueAfterMs: closedMs + 1000 } : undefined;
    },
  };
}

async function hashPlain({ client, passwords, clock }: PlatformContext, user: User): Promise<void> {
  const { password } = user.spec;
  if (!password || isHash(password)) return;
  await client.update<User>(platformResources.users, {
    ...user,
    metadata: {
      ...user.metadata,
      annotations: { ...user.metadata.annotations, [annotations.passwordChanged]: formatTime(clock.now()) },
    },
    spec: { ...user.spec, password: await passwords.hash(password) },
  });
}

/** When the newest successful log-in was, by the records that are kept. */
export const lastLogin = (records: readonly LoginRecord[]): string | undefined =>
  records
    .filter(({ spec }) => spec.success)
    .map(({ metadata }) => metadata.creationTimestamp ?? '')
    .toSorted()
    .at(-1);

async function tellLastLogin({ client }: PlatformContext, user: User, records: readonly LoginRecord[]): Promise<void> {
  const time = lastLogin(records);
  // Records go after a week; what is known stays.
  if (!time || time <= (user.status?.lastLoginTime ?? '')) return;
  const patch = { status: { lastLoginTime: time } };
  await orUndefined(client.patch(platformResources.users, user.metadata.name!, 'merge', patch));
}

/** Two accounts may get one address past the routes: it lets neither of them in, and whoever wonders why finds this. */
export const sharedEmail = 'Another account has the same e-mail address: log-in is by name alone';

/** KubeSphere's word for an account whose door is closed to somebody. It opens by itself; who is disabled stays so. */
async function tellState(
  { client, clock, log }: PlatformContext,
  { metadata, status }: User,
  isClosed: boolean,
  isShared: boolean,
): Promise<void> {
  const { state: before = 'Active', reason: told = '' } = status ?? {};
  const state = isClosed ? 'AuthLimitExceeded' : 'Active';
  const reason = isClosed ? 'Failed login attempts exceed the limit' : isShared ? sharedEmail : '';
  const isNews = told !== reason && (told === sharedEmail || reason === sharedEmail);
  if (before === 'Disabled' || (before === state && !isNews)) return;
  if (reason === sharedEmail) log.warn('accounts share an e-mail address', { user: metadata.name });
  const patch = {
    status: { state, reason, ...(before !== state && { lastTransitionTime: formatTime(clock.now()) }) },
  };
  await orUndefined(client.patch(platformResources.users, metadata.name!, 'merge', patch));
}

/** The records that need not be kept. */
export function tooOld(
  records: readonly LoginRecord[],
  nowMs: number,
  { recordsKeptSeconds, recordsMax }: Pick<LoginOptions, 'recordsKeptSeconds' | 'recordsMax'>,
): LoginRecord[] {
  const timeOf = ({ metadata }: LoginRecord) => metadata.creationTimestamp ?? '';
  const newestFirst = records.toSorted((left, right) => (timeOf(left) < timeOf(right) ? 1 : -1));
  return newestFirst.filter(
    (record, index) => index >= recordsMax || Date.parse(timeOf(record)) < nowMs - recordsKeptSeconds * 1000,
  );
}

const drop = ({ client }: PlatformContext, { metadata }: LoginRecord) =>
  orUndefined(client.delete(platformResources.loginrecords, metadata.name!));
