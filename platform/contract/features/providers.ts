/** Logging in by somebody who knows the user: directories, OpenID providers, GitHub and others. */
import { groups } from '@orrery/platform-kinds';
import { anybody, at, below, grant, login } from '../route.ts';
import { flag, integer, list, oneOf, optional, record, text } from '../schema.ts';
import { loginAnswer } from './oauth.ts';

const route = at('providers');
const iam = below('providers', groups.iam, ['v1beta1']);
/** Who says whom a provider makes an account for governs the platform. */
const may = (verb: string) => grant('platform', verb, 'config.kubesphere.io', 'identityproviders');

const mappingMethod = oneOf('auto', 'manual', 'mixed', 'lookup');

/** A provider as administrators see it: where it is, never its secrets. */
export const configuredProvider = record({
  name: text(),
  displayName: text(),
  type: text(),
  mappingMethod,
  kind: optional(oneOf('password', 'redirect')),
  enabled: flag(),
  hidden: flag('not on the log-in page'),
  source: oneOf('secret', 'file'),
  secret: optional(text('the Secret that describes it')),
  address: optional(text('where it is asked')),
  redirectURL: optional(text('the way back, as the provider must know it')),
  problem: optional(text('why it cannot be used')),
  users: integer(),
});

export const providers = {
  begin: route('providers.begin', 'GET', ['/oauth/login/{provider}'], 'Sends a browser to the provider', anybody, {
    query: record({ referer: optional(text('a path of this platform, for afterwards')) }),
    openQuery: true,
    status: 302,
    errors: [404],
  }),
  password: route('providers.password', 'POST', ['/oauth/login/{provider}'], 'Logs a browser in by password', anybody, {
    body: record({ username: text(), password: text(undefined, 1024) }),
    answer: loginAnswer,
    errors: [404, 429],
  }),
  callback: route(
    'providers.callback',
    'GET',
    ['/oauth/callback/{provider}'],
    'Where the provider sends him back',
    anybody,
    {
      openQuery: true,
      status: 302,
      errors: [404],
    },
  ),
  configured: iam(
    'providers.configured',
    'GET',
    '/identityproviders',
    'All providers that are configured, also those that are off',
    may('list'),
    { answer: record({ providers: list(configuredProvider) }) },
  ),
  change: iam(
    'providers.change',
    'PATCH',
    '/identityproviders/{provider}',
    'Changes how a provider is shown and whom it lets in; one of a file is changed there',
    may('update'),
    {
      body: record({
        displayName: optional(text(undefined, 256)),
        mappingMethod: optional(mappingMethod),
        enabled: optional(flag()),
        hidden: optional(flag()),
      }),
      answer: record({ message: text() }),
      errors: [404, 409, 422],
    },
  ),
  link: iam(
    'providers.link',
    'POST',
    '/profile/identities/{provider}',
    'Begins to tie the own account to a provider that one is sent to',
    login,
    { answer: record({ url: text('where to send the browser') }), errors: [404, 409] },
  ),
};
