/** What the platform brings to a cluster before it serves: its namespace, its rights, its built-in roles, the first account. */
import type { Client } from '@orrery/client';
import { isReason } from '@orrery/machinery/status';
import type { Random } from '@orrery/machinery/random';
import { annotations, platformResources, type User } from '@orrery/platform-kinds';
import { planClusterRole, planGlobalBinding, planGlobalRole, type Wanted } from './access/materialise.ts';
import { serviceObjects } from './access/service-objects.ts';
import type { BuiltInRole } from './feature.ts';
import { ensureWanted, namespaceObject } from './install/manifest.ts';
import type { Passwords } from './identity/passwords.ts';
import { clusterRoleObjects, globalRoleObjects } from './roles/built-in.ts';
import { ensureTemplates, readCatalogue } from './roles/templates.ts';
import { planUser } from './users/plan.ts';

/** Level-based and by several replicas at once: what is there is corrected, what is missing is made. */
export async function ensureNamespace(client: Client): Promise<void> {
  await ensureWanted(client, namespaceObject);
}

/** The rights of the services, the catalogue of role templates, and the built-in roles of platform and cluster. */
export async function ensureRoles(client: Client, roles: readonly BuiltInRole[]): Promise<void> {
  await ensureTemplates(client);
  const catalogue = await readCatalogue(client);
  const global = globalRoleObjects(roles, catalogue).map((object): Wanted => ({
    resource: platformResources.globalroles,
    object,
  }));
  const cluster = clusterRoleObjects(catalogue).map((object): Wanted => ({
    resource: platformResources.iamClusterRoles,
    object,
  }));
  await ensureAll(client, [...serviceObjects(), ...global, ...cluster]);
  await ensureAll(client, [
    ...global.flatMap(({ object }) => planGlobalRole(object)),
    ...cluster.flatMap(({ object }) => planClusterRole(object)),
  ]);
}

async function ensureAll(client: Client, wanted: readonly Wanted[]): Promise<void> {
  for (const want of wanted) await ensureWanted(client, want);
}

export const firstUser = 'admin';

export interface FirstAccount {
  readonly client: Client;
  readonly random: Random;
  readonly passwords: Passwords;
  /** Chosen by whoever installs; random unless given. */
  readonly password?: string;
  /** Told the random password, once, by the replica that made the account. */
  readonly tell: (user: string, password: string) => void;
}

/** The first administrator of an empty installation, who must choose a password at once. Never when there is any account. */
export async function ensureFirstAccount({ client, random, passwords, password, tell }: FirstAccount): Promise<void> {
  const { items } = await client.list<User>(platformResources.users, { limit: 1 });
  const [known] = items;
  if (known) return;
  const chosen = password ?? randomPassword(random);
  const user: User = {
    apiVersion: platformResources.users.apiVersion,
    kind: 'User',
    metadata: {
      name: firstUser,
      annotations: { [annotations.globalRole]: 'platform-admin', [annotations.uninitialized]: 'true' },
    },
    spec: { password: await passwords.hash(chosen), displayName: 'Administrator' },
    status: { state: 'Active' },
  };
  try {
    await client.create(platformResources.users, user);
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) return;
    throw error;
  }
  const bindings = planUser(user);
  await ensureAll(client, bindings);
  await ensureAll(
    client,
    bindings.flatMap(({ object }) => planGlobalBinding(object as never)),
  );
  if (password === undefined) tell(firstUser, chosen);
}

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** 20 letters that are hard to misread: some 117 bits, and all that the rule for passwords asks for. */
export function randomPassword(random: Random): string {
  for (;;) {
    // Bytes beyond the last whole multiple are dropped, so that no letter is likelier.
    const fair = [...random.bytes(64)].filter(byte => byte < 256 - (256 % letters.length));
    const password = fair
      .slice(0, 20)
      .map(byte => letters[byte % letters.length])
      .join('');
    if (password.length === 20 && /[a-z]/.test(password) && /[A-Z]/.test(password) && /[0-9]/.test(password))
      return password;
  }
}
