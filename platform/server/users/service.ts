/** What the routes of accounts do, after their permission was checked. */
import { retryOnConflict } from '@orrery/client';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { StatusError, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { annotations, groups, platformResources, type PlatformRole, type User } from '@orrery/platform-kinds';
import { accessText } from '@orrery/platform-contract';
import { notHeld } from '../access/authorizer.ts';
import { heal, refuseTaken } from '../access/heal.ts';
import { planGlobalBinding } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { passwordProblem } from '../identity/passwords.ts';
import { isUserName, usersWithEmail } from '../identity/users.ts';
import type { Filter } from '../lists/filters.ts';
import { planUser, removeTraces } from './plan.ts';

const what = (name: string) => ({ group: groups.iam, resource: 'users', name });
export const success = { message: 'success' };

/** A user as others see him: without the hash. */
export function shown(user: KubeObject): User {
  const { spec, ...rest } = user as User;
  const { password: _hash, ...open } = spec;
  return { ...rest, metadata: { ...rest.metadata, managedFields: undefined }, spec: open };
}

/** The states of an account, and `Uninitialized` for who must choose a password first. */
function hasState({ metadata, status }: User, value: string): boolean {
  if (value === 'Uninitialized') return metadata.annotations?.[annotations.uninitialized] !== undefined;
  return (status?.state ?? 'Active') === value;
}

export const userFilters: Readonly<Record<string, Filter<User>>> = {
  email: ({ spec }, value) => spec.email?.toLowerCase().includes(value.toLowerCase()) ?? false,
  globalrole: ({ metadata }, value) => metadata.annotations?.[annotations.globalRole] === value,
  ingroup: ({ spec }, value) => spec.groups?.includes(value) ?? false,
  notingroup: ({ spec }, value) => !spec.groups?.includes(value),
  state: hasState,
  /** As KubeSphere's clients ask for it. */
  status: hasState,
};

/** Rejects with 404. */
export async function getUser({ users, serviceOf }: PlatformContext, caller: Caller, name: string): Promise<User> {
  const user = await users.find(name, serviceOf(caller));
  if (!user) throw notFound(what(name));
  return user;
}

export const invalidUser = (name: string, field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `User.${groups.iam} "${name}" is invalid: ${field}: ${why}`, {
    ...what(name),
    kind: 'User',
    causes: [{ field, message: why }],
  });

/** The role that an account has on the platform, by its annotation. */
export const globalRoleOf = (user: KubeObject): string => user.metadata.annotations?.[annotations.globalRole] ?? '';

/** What it gives is for whoever has an account: who manages accounts manages these, whatever else he may do. */
const everybodys = 'platform-regular';

/** Nobody makes anybody greater than himself, nor touches who is greater. Rejects with 403 that names what is missing. */
export async function refuseGreater(
  context: Pick<PlatformContext, 'serviceOf' | 'clientOf'>,
  caller: Caller,
  user: string,
  role: string,
): Promise<void> {
  if (role === '' || role === everybodys) return;
  const found = await orUndefined(context.serviceOf(caller).get<PlatformRole>(platformResources.globalroles, role));
  const missing = await notHeld(context.clientOf(caller), found?.rules ?? [], 'platform');
  if (missing) throw forbidden(what(user), `the role ${role} may do what you may not: ${accessText(missing)}`);
}

async function checkRole(context: PlatformContext, caller: Caller, user: string, role: string): Promise<void> {
  if (role === '') return;
  if (!(await orUndefined(context.serviceOf(caller).get(platformResources.globalroles, role))))
    throw invalidUser(user, `metadata.annotations[${annotations.globalRole}]`, `there is no global role "${role}"`);
  await refuseGreater(context, caller, user, role);
}

const emailForm = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

function checkEmail(context: PlatformContext, name: string, email: string | undefined): void {
  if (email === undefined || email === '') return;
  if (!emailForm.test(email)) throw invalidUser(name, 'spec.email', 'this is no e-mail address');
  const others = usersWithEmail(context.informers.of<User>(platformResources.users), email);
  if (others.some(({ metadata }) => metadata.name !== name))
    throw invalidUser(name, 'spec.email', 'another account has this address');
}

export async function createUser(context: PlatformContext, caller: Caller, given: User): Promise<User> {
  const name = given.metadata?.name ?? '';
  if (!isUserName(name))
    throw invalidUser(name, 'metadata.name', 'at most 63 lower-case letters, digits, dashes and dots');
  const { spec = {} } = given;
  checkEmail(context, name, spec.email);
  const problem = passwordProblem(spec.password ?? '');
  if (problem) throw invalidUser(name, 'spec.password', problem);
  if (spec.groups?.length) await refuseAll(context, caller, name, 'spec.groups');
  await checkRole(context, caller, name, globalRoleOf(given));
  const user: User = {
    apiVersion: platformResources.users.apiVersion,
    kind: 'User',
    metadata: {
      name,
      labels: given.metadata.labels,
      annotations: { ...given.metadata.annotations, [annotations.creator]: caller.name },
    },
    spec: { ...spec, password: await context.passwords.hash(spec.password!) },
    status: { state: 'Active' },
  };
  // What an earlier user of this name left behind must not become this one's.
  await removeTraces(context.serviceOf(caller), name);
  await context.sessions.endAll(name, context.serviceOf(caller));
  await refuseTaken(context.serviceOf(caller), planUser(user));
  const created = await context.serviceOf(caller).create<User>(platformResources.users, user);
  await giveRole(context, caller, created);
  return shown(created);
}

/** At once, so that the next request sees it; the controller keeps it so. */
async function giveRole(context: PlatformContext, caller: Caller, user: User, before?: User): Promise<void> {
  const service = context.serviceOf(caller);
  const [wanted, old] = [planUser(user), before ? planUser(before) : []];
  await heal(service, wanted, old);
  const native = (planned: typeof wanted) => planned.flatMap(({ object }) => planGlobalBinding(object as never));
  await heal(service, native(wanted), native(old));
}

/** Groups carry rights of any size: only who may do everything puts somebody into one here. */
async function refuseAll(context: PlatformContext, caller: Caller, user: string, field: string): Promise<void> {
  const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  if (await notHeld(context.clientOf(caller), everything, 'platform'))
    throw forbidden(what(user), `only a platform administrator changes ${field}`);
}

/** The account as a merge patch leaves it; labels and annotations that it removes are gone. */
export function patchUser(context: PlatformContext, caller: Caller, name: string, patch: User): Promise<User> {
  return retryOnConflict(context, async () => {
    const before = shown(await context.serviceOf(caller).get<User>(platformResources.users, name));
    const given = applyMergePatch(before as unknown as JsonObject, patch) as unknown as User;
    return updateUser(context, caller, name, given, { labels: {}, annotations: {} });
  });
}

/** What everybody may say about himself. */
export function updateProfile(
  context: PlatformContext,
  caller: Caller,
  profile: Pick<User['spec'], 'displayName' | 'email' | 'lang' | 'description'>,
): Promise<User> {
  const service = context.serviceOf(caller);
  return retryOnConflict(context, async () => {
    const before = await service.get<User>(platformResources.users, caller.name);
    checkEmail(context, caller.name, profile.email);
    const after = { ...before, spec: { ...before.spec, ...profile } };
    return shown(await service.update<User>(platformResources.users, after));
  });
}

type Kept = Pick<ObjectMeta, 'labels' | 'annotations'>;

/**
 * Profile, state, groups and role on the platform; never the password, never the name. `kept` are marks that stay unless named. Whoever does
 * not say which revision he has seen does not mind that the account was written meanwhile, by a log-in or a controller.
 */
export function updateUser(
  context: PlatformContext,
  caller: Caller,
  name: string,
  given: User,
  kept?: Kept,
): Promise<User> {
  const update = () => changeUser(context, caller, name, given, kept);
  return given.metadata?.resourceVersion === undefined ? retryOnConflict(context, update) : update();
}

async function changeUser(
  context: PlatformContext,
  caller: Caller,
  name: string,
  given: User,
  kept: Kept | undefined,
): Promise<User> {
  const before = await context.serviceOf(caller).get<User>(platformResources.users, name);
  await refuseGreater(context, caller, name, globalRoleOf(before));
  const { email, displayName, description, lang, groups: wanted = before.spec.groups } = given.spec ?? {};
  checkEmail(context, name, email);
  if (JSON.stringify(wanted ?? []) !== JSON.stringify(before.spec.groups ?? []))
    await refuseAll(context, caller, name, 'spec.groups');
  if (globalRoleOf(given) !== globalRoleOf(before)) await checkRole(context, caller, name, globalRoleOf(given));
  const stay = kept ?? before.metadata;
  const { [annotations.uninitialized]: uninitialized } = before.metadata.annotations ?? {};
  const { [annotations.uninitialized]: _claimed, ...claimed } = { ...stay.annotations, ...given.metadata?.annotations };
  const after: User = {
    ...before,
    metadata: {
      ...before.metadata,
      ...(given.metadata?.resourceVersion && { resourceVersion: given.metadata.resourceVersion }),
      labels: { ...stay.labels, ...given.metadata?.labels },
      // Whether the password is known to others is not for a form to say.
      annotations: { ...claimed, ...(uninitialized && { [annotations.uninitialized]: uninitialized }) },
    },
    spec: { ...before.spec, email, displayName, description, lang, ...(wanted && { groups: wanted }) },
    status: { ...before.status, state: given.status?.state === 'Disabled' ? 'Disabled' : 'Active' },
  };
  const updated = await context.serviceOf(caller).update<User>(platformResources.users, after);
  if (globalRoleOf(updated) !== globalRoleOf(before)) await giveRole(context, caller, updated, before);
  if (after.status?.state === 'Disabled') await context.sessions.endAll(name, context.serviceOf(caller));
  return shown(updated);
}

export async function deleteUser(context: PlatformContext, caller: Caller, name: string) {
  const user = await context.serviceOf(caller).get<User>(platformResources.users, name);
  if (name === caller.name) throw forbidden(what(name), 'nobody deletes himself');
  await refuseGreater(context, caller, name, globalRoleOf(user));
  const service = context.serviceOf(caller);
  await service.delete(platformResources.users, name);
  await context.sessions.endAll(name, service);
  await removeTraces(service, name);
  return success;
}
