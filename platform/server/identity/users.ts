/** Accounts as the chain sees them. */
import type { Client } from '@orrery/client';
import { orUndefined } from '@orrery/machinery/status';
import { annotations, platformResources, type User } from '@orrery/platform-kinds';
import type { Informer } from '@orrery/reconciler';

export interface Users {
  /** From the cache, or from the cluster while the cache is cold or has not heard of the user yet. */
  find(name: string, by?: Client): Promise<User | undefined>;
  /**
   * From the cluster. Logging in depends on no cache, but where one is full it knows who has an e-mail. One that several accounts have
   * is nobody's: whom it means cannot be told, and their names still do.
   */
  findForLogin(login: string): Promise<User | undefined>;
}

const byEmail = 'email';
/** Addresses are alike in whichever case they are written. */
const emailOf = ({ spec }: User): string => spec.email?.toLowerCase() ?? '';

/** Accounts with this address, in any case, as far as this replica has heard. */
export const usersWithEmail = (informer: Informer<User>, email: string): User[] =>
  email === '' ? [] : informer.byIndex(byEmail, email.toLowerCase());

export function createUsers(client: Client, informer: Informer<User>): Users {
  informer.addIndex(byEmail, user => (emailOf(user) === '' ? [] : [emailOf(user)]));
  const ask = (name: string, by = client): Promise<User | undefined> =>
    isUserName(name) ? orUndefined(by.get<User>(platformResources.users, name)) : Promise.resolve(undefined);
  const all = async (email: string): Promise<User[]> =>
    (await client.list<User>(platformResources.users)).items.filter(user => emailOf(user) === email);
  return {
    find: async (name, by) => informer.get(name) ?? ask(name, by),
    async findForLogin(login) {
      if (!login.includes('@')) return ask(login);
      const email = login.toLowerCase();
      const known = informer.hasSynced() ? usersWithEmail(informer, email) : await all(email);
      const found = known.length === 1 ? await ask(known[0]!.metadata.name!) : undefined;
      // The cache may not have heard that the address is another's by now.
      return found && emailOf(found) === email ? found : undefined;
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
