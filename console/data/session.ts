/** Who is logged in, and what the platform offers him. */
import type { Menu } from '@orrery/platform-contract';
import { oauth, platform } from '@orrery/platform-contract/features';
import { useCall, type Call } from './calls.ts';
import { hostCluster } from './data.ts';

export interface Me {
  readonly name: string;
  readonly displayName: string;
  readonly email?: string;
  /** The tag of the language that the account keeps. */
  readonly locale?: string;
  readonly mustChangePassword: boolean;
  /** A provider vouches for him, and he has no account yet. */
  readonly mustRegister: boolean;
}

const forSession = { cluster: hostCluster, freshMs: Infinity } as const;

export function useMe(): Call<Me> {
  const { data, ...call } = useCall(oauth.userinfo, forSession);
  return {
    ...call,
    data: data && {
      name: data.preferred_username,
      displayName: data.name,
      email: data.email,
      locale: data.locale,
      mustChangePassword: data.extra?.['uninitialized'] !== undefined,
      mustRegister: data.extra?.['uid'] !== undefined,
    },
  };
}

export interface Offer {
  /** Names of the features that are on. */
  readonly features: ReadonlySet<string>;
  readonly menus: readonly Menu[];
}

export function useOffer(when = true): Call<Offer> {
  const { data, ...call } = useCall(platform.features, { ...forSession, when });
  return {
    ...call,
    data: data && { features: new Set(data.map(({ name }) => name)), menus: data.flatMap(({ menus }) => menus) },
  };
}
