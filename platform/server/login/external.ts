/** Where features that know people from elsewhere say so. Without one nobody is known from elsewhere. */
import type { Request } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';
import type { Identified } from './session.ts';

/** Somebody whom a provider knows by a password. Rejects as `logIn` does. */
export type PasswordLogin = (
  request: Request,
  provider: string,
  username: string,
  password: string,
) => Promise<Identified>;

/** A provider as the log-in page shows it: nothing of how it is asked. */
export interface ListedProvider {
  readonly name: string;
  readonly displayName: string;
  readonly type: string;
  readonly mappingMethod: string;
  /** It takes a password here, or a browser is sent to it. */
  readonly kind: 'password' | 'redirect';
  /** Where to send the browser, or the password. */
  readonly url: string;
}

export interface ExternalLogins {
  use(byPassword: PasswordLogin, listed: () => readonly ListedProvider[]): void;
  listed(): ListedProvider[];
  readonly byPassword: PasswordLogin;
}

export function createExternalLogins(): ExternalLogins {
  let known: PasswordLogin | undefined;
  let list: () => readonly ListedProvider[] = () => [];
  return {
    use(byPassword, listed) {
      known = byPassword;
      list = listed;
    },
    listed: () => [...list()],
    async byPassword(request, provider, username, password) {
      if (!known) throw badRequest('this platform asks no other who somebody is');
      return known(request, provider, username, password);
    },
  };
}
