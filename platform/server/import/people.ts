/** Accounts with their roles on the platform, departments and who is in them. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  groups,
  labels,
  type GroupBinding,
  type PlatformRoleBinding,
  type User,
} from '@orrery/platform-kinds';
import { isReserved } from '../identity/caller.ts';
import { isHash } from '../identity/passwords.ts';
import { cleanMeta } from './clean.ts';
import { builtIn, hidden, isAccountName, isTemplate, labelOf, type Known } from './known.ts';
import type { Refusal, Wish, Wishes } from './shapes.ts';

/** Names of global roles that will be there. */
const globalRoles = ({ source }: Known): ReadonlySet<string> =>
  new Set([
    ...builtIn.global,
    ...source.globalroles
      .filter(role => !isTemplate(role))
      .map(({ metadata }) => metadata.name ?? '')
      .filter(name => !hidden.includes(name)),
  ]);

const hasUser = ({ subjects = [] }: PlatformRoleBinding, user: string): boolean =>
  subjects.some(({ kind, name }) => kind === 'User' && name === user);

/** One role per account on the platform: what its annotation says, else the first by name. */
function roleOf(known: Known, user: User): { role?: string; others: PlatformRoleBinding[] } {
  const name = user.metadata.name ?? '';
  const bindings = known.source.globalrolebindings
    .filter(binding => hasUser(binding, name))
    .toSorted((left, right) => (left.roleRef.name < right.roleRef.name ? -1 : 1));
  const role = user.metadata.annotations?.[annotations.globalRole] || bindings[0]?.roleRef.name;
  const others = bindings.filter(({ roleRef }) => roleRef.name !== role);
  return { others, ...(role !== undefined && { role }) };
}

function translateUser(known: Known, user: User): Wishes {
  const name = user.metadata.name ?? '';
  if (!isAccountName(name))
    return { wishes: [], refusals: [{ kind: 'users', name, why: 'no account here has such a name' }] };
  const changes: string[] = [];
  const { role, others } = roleOf(known, user);
  const isKnown = role !== undefined && globalRoles(known).has(role);
  if (role !== undefined && !isKnown) changes.push(`has no role on the platform: there is no "${role}"`);
  const { password, groups: of = [], email, displayName, description, lang } = user.spec ?? {};
  const hash = password !== undefined && isHash(password) ? password : undefined;
  if (password && !hash) changes.push('has no password here: what is kept there is no bcrypt hash');
  if (user.status?.state === 'AuthLimitExceeded')
    changes.push('was locked out after failed log-ins, which are not counted here');
  const foreign = of.filter(group => !known.groups.has(group) && !isReserved(group));
  const { [annotations.globalRole]: _role, ...said } = cleanMeta(user).annotations ?? {};
  const metadata = {
    ...cleanMeta(user),
    annotations: { ...said, ...(isKnown && { [annotations.globalRole]: role }) },
  };
  const texts = Object.fromEntries(
    Object.entries({ email, displayName, description, lang, password: hash }).filter(([, text]) => text),
  );
  const object: User = {
    metadata,
    spec: { ...texts, ...(foreign.length > 0 && { groups: foreign }) },
    ...(user.status?.state === 'Disabled' && { status: { state: 'Disabled' as const } }),
  };
  const refusals = others.map(({ metadata: { name: binding = '' }, roleRef }): Refusal => ({
    kind: 'globalrolebindings',
    name: binding,
    why: `an account has one role on the platform: ${name} is ${role}, not ${roleRef.name} besides`,
  }));
  return { wishes: [{ kind: 'users', object, changes }], refusals };
}

/** Roles on the platform that whole groups have. */
function groupBindings(known: Known): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const binding of known.source.globalrolebindings) {
    const { subjects = [], roleRef, metadata } = binding;
    const all = subjects.filter(({ kind }) => kind === 'Group');
    const kept = all.filter(({ name }) => !isReserved(name));
    const refuse = (why: string) => refusals.push({ kind: 'globalrolebindings', name: metadata.name ?? '', why });
    if (hidden.includes(roleRef.name)) refuse('what everybody may do is said by Orrery itself');
    else if (subjects.some(({ kind, name }) => kind === 'User' && !known.users.has(name)))
      refuse('names somebody who has no account');
    else if (kept.length === 0) {
      // What a user has is told by his account.
      if (!subjects.some(({ kind }) => kind === 'User')) refuse('names nobody who can have a role here');
    } else if (!globalRoles(known).has(roleRef.name)) refuse(`there is no role "${roleRef.name}"`);
    else {
      const changes =
        kept.length < subjects.length ? ['names the groups alone: accounts say their roles themselves'] : [];
      const object = { metadata: cleanMeta(binding), roleRef: iamRef('GlobalRole', roleRef.name), subjects: kept };
      wishes.push({ kind: 'globalrolebindings', object: object as KubeObject, changes });
    }
  }
  return { wishes, refusals };
}

export const iamRef = (kind: string, name: string) => ({ apiGroup: groups.iam, kind, name });

function departments(known: Known): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  const kept = new Set<string>();
  for (const group of known.source.groups) {
    const name = group.metadata.name ?? '';
    const why =
      isReserved(name) || name.length > 63
        ? 'no department here has such a name'
        : known.workspaces.has(labelOf(group, labels.workspace))
          ? undefined
          : 'its workspace is not there';
    if (why !== undefined) refusals.push({ kind: 'groups', name, why });
    else {
      kept.add(name);
      wishes.push({ kind: 'groups', object: { metadata: cleanMeta(group) }, changes: [] });
    }
  }
  for (const binding of known.source.groupbindings as readonly GroupBinding[]) {
    const { name = '' } = binding.metadata;
    const users = (binding.users ?? []).filter(user => known.users.has(user));
    if (!kept.has(binding.groupRef.name) || users.length === 0) {
      const why = users.length === 0 ? 'nobody in it has an account' : 'its department is not brought over';
      refusals.push({ kind: 'groupbindings', name, why });
      continue;
    }
    const gone = (binding.users ?? []).filter(user => !known.users.has(user));
    const object = { metadata: cleanMeta(binding), groupRef: iamRef('Group', binding.groupRef.name), users };
    const changes = gone.length > 0 ? [`without those who have no account: ${gone.join(', ')}`] : [];
    wishes.push({ kind: 'groupbindings', object: object as KubeObject, changes });
  }
  return { wishes, refusals };
}

export function translatePeople(known: Known): Wishes {
  const all = [...known.source.users.map(user => translateUser(known, user)), groupBindings(known), departments(known)];
  return { wishes: all.flatMap(({ wishes }) => wishes), refusals: all.flatMap(({ refusals }) => refusals) };
}
