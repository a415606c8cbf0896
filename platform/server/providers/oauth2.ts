/** Providers of OAuth 2 without an id_token: who the token stands for is asked of the provider. GitHub, GitLab, Aliyun and any other. */
import { fieldsAt, flagAt, textAt, textsAt, type Fields } from '../config/document.ts';
import { authorizationUrl, exchangeCode, fetchAs, type OAuthParty } from './exchange.ts';
import { endpointOf, required, trustOf, type Endpoint } from './options.ts';
import { notVouched, type Identity, type ProviderFactory } from './types.ts';

export interface Dialect {
  readonly endpoint: Endpoint;
  readonly scopes: readonly string[];
  /** Members of the user's description. */
  readonly uidKey: string;
  readonly usernameKey: string;
  readonly emailKey: string;
  /** Where in the answer the description is. */
  readonly within?: string;
  /** Whether this is somebody who may log in there. */
  readonly isActive?: (user: Fields) => boolean;
  /** Whether the address was verified; otherwise it is not looked at. */
  readonly isVerified: (user: Fields) => boolean;
}

/** Names can be given up and taken by somebody else: an id never is. `uidKey: login` keeps the accounts that KubeSphere made. */
export const github: Dialect = {
  endpoint: {
    authURL: 'https://github.com/login/oauth/authorize',
    tokenURL: 'https://github.com/login/oauth/access_token',
    userInfoURL: 'https://api.github.com/user',
  },
  scopes: [],
  uidKey: 'id',
  usernameKey: 'login',
  emailKey: 'email',
  // GitHub shows only addresses that were verified.
  isVerified: () => true,
};

export const gitlab: Dialect = {
  endpoint: {
    authURL: 'https://gitlab.com/oauth/authorize',
    tokenURL: 'https://gitlab.com/oauth/token',
    userInfoURL: 'https://gitlab.com/api/v4/user',
  },
  scopes: ['read_user'],
  uidKey: 'id',
  usernameKey: 'username',
  emailKey: 'email',
  isActive: user => textAt(user, 'state') === 'active',
  isVerified: user => textAt(user, 'confirmed_at') !== undefined,
};

export const aliyun: Dialect = {
  endpoint: {},
  scopes: [],
  within: 'data',
  uidKey: 'sub',
  usernameKey: 'username',
  emailKey: 'email',
  isVerified: () => false,
};

export const generic: Dialect = {
  endpoint: {},
  scopes: [],
  uidKey: 'sub',
  usernameKey: 'preferred_username',
  emailKey: 'email',
  isVerified: user => flagAt(user, 'email_verified') === true,
};

/** @throws TypeError */
export function partyOf(dialect: Dialect, options: Fields): OAuthParty & { readonly userInfoUrl: string } {
  const endpoint = { ...dialect.endpoint, ...endpointOf(options) };
  const { authURL, tokenURL, userInfoURL } = endpoint;
  if (!authURL || !tokenURL || !userInfoURL) throw new TypeError('the option endpoint is not complete');
  const scopes = textsAt(options, 'scopes');
  return {
    clientId: required(options, 'clientID'),
    clientSecret: required(options, 'clientSecret'),
    authUrl: authURL,
    tokenUrl: tokenURL,
    userInfoUrl: userInfoURL,
    scopes: scopes.length > 0 ? scopes : dialect.scopes,
    basic: textAt(options, 'authStyle') === 'header',
    trust: trustOf(options),
  };
}

export const oauth2Provider =
  (dialect: Dialect): ProviderFactory =>
  (options, { egress }) => {
    const party = partyOf(dialect, options);
    return {
      kind: 'redirect',
      begin: async journey => authorizationUrl(party, journey),
      async finish(query, journey) {
        const { accessToken } = await exchangeCode(egress, party, query, journey);
        const answer = await fetchAs(egress, party.userInfoUrl, accessToken, party.trust);
        return identityIn(dialect.within === undefined ? answer : fieldsAt(answer, dialect.within), dialect, options);
      },
    };
  };

/** Rejects with `notVouched` for a description of nobody. */
export function identityIn(user: Fields, dialect: Dialect, options: Fields): Identity {
  const member = (option: string, usual: string) => textAt(user, textAt(options, option) ?? usual);
  const uid = member('uidKey', dialect.uidKey);
  const username = member('preferredUsernameKey', dialect.usernameKey) ?? uid;
  const email = dialect.isVerified(user) ? member('emailKey', dialect.emailKey) : undefined;
  if (uid === undefined || username === undefined || dialect.isActive?.(user) === false) throw notVouched();
  return { uid, username, ...(email !== undefined && { email }) };
}
