/** Logging in: OAuth 2 for programs, a cookie for the console. */
import { anybody, at, login } from '../route.ts';
import { integer, list, map, object, oneOf, optional, record, text } from '../schema.ts';

const route = at('oauth');

export const tokenForm = record({
  grant_type: oneOf('password', 'refresh_token', 'authorization_code'),
  client_id: optional(text()),
  client_secret: optional(text()),
  username: optional(text('name or e-mail')),
  password: optional(text(undefined, 1024)),
  refresh_token: optional(text()),
  code: optional(text()),
  redirect_uri: optional(text()),
  code_verifier: optional(text('PKCE, RFC 7636', 128)),
  scope: optional(text()),
});

export const token = record({
  access_token: text(),
  token_type: oneOf('Bearer'),
  refresh_token: text(),
  expires_in: integer(),
});

export const authorizeQuery = record({
  response_type: text('only "code" is served'),
  client_id: text(),
  redirect_uri: text(),
  scope: optional(text()),
  state: optional(text()),
  code_challenge: optional(text('PKCE, RFC 7636', 128)),
  code_challenge_method: optional(text('only "S256" is served')),
});

export const userInfo = record({
  sub: text(),
  name: text(),
  preferred_username: text(),
  email: optional(text()),
  locale: optional(text('the language that the account keeps, e.g. zh-CN')),
  groups: list(text()),
  extra: optional(map(list(text()))),
});

export const loginAnswer = record({
  username: text(),
  expires_in: integer(),
  mustChangePassword: optional(object<true>('true')),
});

export const oauth = {
  token: route('oauth.token', 'POST', ['/oauth/token'], 'A token for a password, a refresh token or a code', anybody, {
    body: tokenForm,
    form: true,
    answer: token,
    errors: [429],
  }),
  authorize: route('oauth.authorize', 'GET', ['/oauth/authorize'], 'A code for a program, by redirection', login, {
    query: authorizeQuery,
    status: 302,
  }),
  userinfo: route('oauth.userinfo', 'GET', ['/oauth/userinfo'], 'Who the token stands for', login, {
    answer: userInfo,
    beforeNewPassword: true,
  }),
  keys: route('oauth.keys', 'GET', ['/oauth/keys'], 'The public keys of tokens', anybody, {
    answer: object<{ keys: object[] }>('JSON Web Key Set'),
  }),
  discovery: route(
    'oauth.discovery',
    'GET',
    ['/.well-known/openid-configuration', '/oauth/.well-known/openid-configuration'],
    'Where everything is',
    anybody,
    { answer: object<Record<string, unknown>>('ProviderMetadata') },
  ),
  logout: route('oauth.logout', 'GET', ['/oauth/logout'], 'Ends all sessions of the user', login, {
    beforeNewPassword: true,
  }),
  consoleLogin: route('oauth.consoleLogin', 'POST', ['/login'], 'Logs a browser in by cookie', anybody, {
    body: record({ username: text(), password: text(undefined, 1024) }),
    answer: loginAnswer,
    errors: [429],
  }),
  consoleLogout: route('oauth.consoleLogout', 'POST', ['/logout'], 'Logs a browser out', login, {
    beforeNewPassword: true,
  }),
};
