/** Logging in: OAuth 2 and OpenID Connect for programs, a cookie for the console. */
import { groups } from '@orrery/platform-kinds';
import { anybody, at, below, login } from '../route.ts';
import { flag, integer, list, map, object, oneOf, open, optional, record, text } from '../schema.ts';

const route = at('oauth');
const legacy = below('oauth', groups.iam, ['v1alpha2']);

const client = { client_id: optional(text()), client_secret: optional(text()) };

export const tokenForm = open(
  record({
    ...client,
    grant_type: text('password, refresh_token, authorization_code or urn:ietf:params:oauth:grant-type:device_code'),
    username: optional(text('name or e-mail')),
    password: optional(text(undefined, 1024)),
    provider: optional(text('who knows the password; the platform itself unless given')),
    refresh_token: optional(text()),
    code: optional(text()),
    device_code: optional(text()),
    redirect_uri: optional(text()),
    code_verifier: optional(text('PKCE, RFC 7636', 128)),
    scope: optional(text()),
  }),
);

export const token = record({
  access_token: text(),
  token_type: oneOf('Bearer'),
  refresh_token: text(),
  expires_in: integer(),
  id_token: optional(text()),
  scope: optional(text()),
});

/** What a program asks for; what is missing or wrong is told to it by redirection, as the standards say. */
const asked = {
  client_id: optional(text()),
  redirect_uri: optional(text()),
  response_type: optional(text('only "code" is served')),
  scope: optional(text()),
  state: optional(text()),
  nonce: optional(text()),
  prompt: optional(text('none, login or consent')),
  max_age: optional(text()),
  response_mode: optional(text('only "query" is served')),
  request: optional(text('not served')),
  request_uri: optional(text('not served')),
  code_challenge: optional(text('PKCE, RFC 7636', 128)),
  code_challenge_method: optional(text('only "S256" is served')),
};
export const authorizeQuery = record(asked);
export const authorizeForm = open(record({ ...asked, consent: optional(oneOf('approve', 'deny')) }));

/** What a page shows before the user says yes. */
export const consent = record({
  client: text('the name of the program'),
  scopes: list(text()),
  username: text(),
});

export const deviceAnswer = record({
  device_code: text(),
  user_code: text(),
  verification_uri: text(),
  verification_uri_complete: text(),
  expires_in: integer(),
  interval: integer(),
});

export const userInfo = record({
  sub: text(),
  name: text(),
  preferred_username: text(),
  email: optional(text()),
  email_verified: optional(flag()),
  locale: optional(text('the language that the account keeps, e.g. zh-CN')),
  groups: optional(list(text())),
  extra: optional(map(list(text()))),
});

export const loginAnswer = record({
  username: text(),
  expires_in: integer(),
  mustChangePassword: optional(object<true>('true')),
  mustRegister: optional(object<true>('true: an account is to be made first')),
});

const tokenOfClient = open(record({ ...client, token: text(), token_type_hint: optional(text()) }));
const hints = {
  id_token_hint: optional(text()),
  client_id: optional(text()),
  post_logout_redirect_uri: optional(text()),
  state: optional(text()),
};

export interface TokenReview {
  apiVersion?: string;
  kind?: string;
  spec?: { token?: string };
  status?: { authenticated: boolean; user?: { username: string; uid?: string; groups?: string[] } };
}

export const oauth = {
  token: route('oauth.token', 'POST', ['/oauth/token'], 'A token for a password, a refresh token or a code', anybody, {
    body: tokenForm,
    form: true,
    answer: token,
    errors: [429],
  }),
  authorize: route('oauth.authorize', 'GET', ['/oauth/authorize'], 'A code for a program, by redirection', anybody, {
    query: authorizeQuery,
    openQuery: true,
    status: 302,
    knowsCaller: true,
  }),
  authorizePost: route(
    'oauth.authorizePost',
    'POST',
    ['/oauth/authorize'],
    'The same, with what the user says',
    anybody,
    {
      body: authorizeForm,
      form: true,
      status: 302,
      knowsCaller: true,
    },
  ),
  consent: route('oauth.consent', 'GET', ['/oauth/consent'], 'What a program asks the user for', login, {
    query: authorizeQuery,
    openQuery: true,
    answer: consent,
  }),
  device: route(
    'oauth.device',
    'POST',
    ['/oauth/device_authorization'],
    'Codes for a program without a browser',
    anybody,
    {
      body: open(record({ ...client, scope: optional(text()) })),
      form: true,
      answer: deviceAnswer,
    },
  ),
  deviceConsent: route('oauth.deviceConsent', 'GET', ['/oauth/device'], 'Which program showed this code', login, {
    query: record({ user_code: text(undefined, 32) }),
    answer: consent,
    errors: [404, 429],
  }),
  deviceDecide: route('oauth.deviceDecide', 'POST', ['/oauth/device'], 'Lets the program in, or not', login, {
    body: record({ user_code: text(undefined, 32), approve: flag() }),
    answer: record({ message: text() }),
    errors: [404, 429],
  }),
  revoke: route('oauth.revoke', 'POST', ['/oauth/revoke'], 'Ends the session of a token, RFC 7009', anybody, {
    body: tokenOfClient,
    form: true,
  }),
  introspect: route('oauth.introspect', 'POST', ['/oauth/introspect'], 'What a token is worth, RFC 7662', anybody, {
    body: tokenOfClient,
    form: true,
    answer: object<{ active: boolean }>('token introspection'),
  }),
  authenticate: route('oauth.authenticate', 'POST', ['/oauth/authenticate'], 'A TokenReview, for webhooks', anybody, {
    body: object<TokenReview>('TokenReview'),
    answer: object<TokenReview>('TokenReview'),
  }),
  userinfo: route('oauth.userinfo', 'GET', ['/oauth/userinfo'], 'Who the token stands for', login, {
    answer: userInfo,
    beforeNewPassword: true,
    beforeAccount: true,
  }),
  userinfoPost: route('oauth.userinfoPost', 'POST', ['/oauth/userinfo'], 'Who the token stands for', login, {
    answer: userInfo,
    beforeNewPassword: true,
    beforeAccount: true,
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
  logout: route('oauth.logout', 'GET', ['/oauth/logout'], 'Ends all sessions of the user', anybody, {
    query: record(hints),
    openQuery: true,
    beforeNewPassword: true,
    beforeAccount: true,
    knowsCaller: true,
  }),
  logoutPost: route('oauth.logoutPost', 'POST', ['/oauth/logout'], 'Ends all sessions of the user', anybody, {
    body: open(record(hints)),
    form: true,
    beforeNewPassword: true,
    beforeAccount: true,
    knowsCaller: true,
  }),
  consoleLogin: route('oauth.consoleLogin', 'POST', ['/login'], 'Logs a browser in by cookie', anybody, {
    body: record({
      username: text(),
      password: text(undefined, 1024),
      provider: optional(text('who knows the password; the platform itself unless given')),
    }),
    answer: loginAnswer,
    errors: [429],
  }),
  consoleLogout: route('oauth.consoleLogout', 'POST', ['/logout'], 'Logs a browser out', login, {
    beforeNewPassword: true,
    beforeAccount: true,
  }),
  legacyLogin: legacy('oauth.legacyLogin', 'POST', '/login', 'A token for a password, as 3.x has it', anybody, {
    body: record({ username: text(), password: text(undefined, 1024) }),
    answer: token,
    errors: [429],
  }),
};
