/** Accounts as the chain sees them. */
import type { Client } from '@orrery/client';
import { orUndefined } from '@orrery/machinery/status';
import { annotations, platformResources, type User } from '@orrery/platform-kinds';
import type { Informer } from '@orrery/reconciler';

export interface Users {
  /** From the cache, or from the cluster while the cache is cold or has not heard of the user yet. */
  find(name: string, by?: Client): Promise<User | undefined>;
  /** From the cluster. Logging in depends on no cache, but where one is full it knows who has an e-mail. */
  findForLogin(login: string): Promise<User | undefined>;
}

export function createUsers(client: Client, informer: Informer<User>): Users {
  informer.addIndex('email', ({ spec }) => (spec.email ? [spec.email.toLowerCase()] : []));
  const ask = (name: string, by = client): Promise<User | undefined> =>
    isUserName(name) ? orUndefined(by.get<User>(platformResources.users, name)) : Promise.resolve(undefined);
  const all = async (email: string): Promise<User[]> =>
    (await client.list<User>(platformResources.users)).items.filter(({ spec }) => spec.email?.toLowerCase() === email);
  return {
    find: async (name, by) => informer.get(name) ?? ask(name, by),
    async findForLogin(login) {
      if (!login.includes('@')) return ask(login);
      const email = login.toLowerCase();
      const known = informer.hasSynced() ? informer.byIndex('email', email) : await all(email);
      return known.length === 1 ? ask(known[0]!.metadata.name!) : undefined;
    },
  };
}

const userName = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;

/** Lower-case letters, digits, dashes and dots: also a label's value, and never a reserved name of the cluster. */
export const isUserName = (name: string): boolean => userName.test(name);

/** Neither gone nor disabled. Where log-ins are limited what is open goes on: others caused it. */
export const isActive = (user: User): boolean =>
  user.metadata.deletionTimestamp === undefined && user.status?.state !== 'Disabled';

export const mustChangePassword = (user: User): boolean =>
  user.metadata.annotations?.[annotations.uninitialized] === 'true';
