/** Logging in by somebody who knows the user: directories, OpenID providers, GitHub and others. */
import { groups } from '@orrery/platform-kinds';
import { anybody, at, below, grant, login } from '../route.ts';
import { done } from '../list.ts';
import { flag, integer, list, object, oneOf, optional, record, text } from '../schema.ts';
import { loginAnswer } from './oauth.ts';

const route = at('providers');
const iam = below('providers', groups.iam, ['v1beta1']);
/** Who says whom a provider makes an account for governs the platform. */
const may = (verb: string) => grant('platform', verb, 'config.kubesphere.io', 'identityproviders');

const mappingMethod = oneOf('auto', 'manual', 'mixed', 'lookup');

/** A provider as administrators see it: where it is, never its secrets. */
const provider = {
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
};
export const configuredProvider = record(provider);

/** Under the names of KubeSphere's `provider`; `null` takes one off. Secrets that are not given stay. */
const options = object<Record<string, unknown>>('the options of the type');
const shown = {
  displayName: optional(text(undefined, 256)),
  mappingMethod: optional(mappingMethod),
  enabled: optional(flag()),
  hidden: optional(flag()),
};

/** Whether the provider answers as one of its type, asked with these options. */
export const providerTest = record({
  ok: flag(),
  problem: optional(oneOf('unreachable', 'credentials', 'base', 'nobody', 'answer')),
  field: optional(text('the option that it is a matter of')),
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
      body: record({ ...shown, provider: optional(options) }),
      answer: done,
      errors: [404, 409, 422],
    },
  ),
  get: iam(
    'providers.get',
    'GET',
    '/identityproviders/{provider}',
    'One provider with its options; of secrets only which there are',
    may('get'),
    { answer: record({ ...provider, options, secrets: list(text()) }), errors: [404] },
  ),
  create: iam(
    'providers.create',
    'POST',
    '/identityproviders',
    'A new provider, described by a Secret that is written as the user himself',
    may('create'),
    { body: record({ name: text(), type: text(), ...shown, provider: options }), answer: done, errors: [409, 422] },
  ),
  delete: iam(
    'providers.delete',
    'DELETE',
    '/identityproviders/{provider}',
    'Removes a provider; accounts that it made stay, and cannot log in by it',
    may('delete'),
    { answer: done, errors: [404, 409] },
  ),
  test: iam(
    'providers.test',
    'POST',
    '/identityproviders/{provider}/test',
    'Asks a provider with options that need not be kept yet; secrets of one that is there are used where it is',
    may('update'),
    { body: record({ type: text(), provider: options }), answer: providerTest, errors: [422] },
  ),
  link: iam(
    'providers.link',
    'POST',
    '/profile/identities/{provider}',
    'Begins to tie the own account to a provider that one is sent to',
    login,
    { answer: record({ url: text('where to send the browser') }), errors: [404, 409] },
  ),
  tie: iam(
    'providers.tie',
    'PUT',
    '/profile/identities/{provider}',
    'Ties the own account to who has this name and password in a directory',
    login,
    {
      body: record({ username: text(), password: text(undefined, 1024) }),
      answer: done,
      errors: [404, 409, 422, 429],
    },
  ),
};
