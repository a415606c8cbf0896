/** Programs that log users in through the platform, as administrators write them down. */
import { groups } from '@orrery/platform-kinds';
import { done } from '../list.ts';
import { below, grant } from '../route.ts';
import { flag, integer, list, oneOf, optional, record, text } from '../schema.ts';

const route = below('oauthclients', groups.iam, ['v1beta1']);
const may = (verb: string) => grant('platform', verb, 'config.kubesphere.io', 'oauthclients');

const addresses = list(text(undefined, 2048));
const grantMethod = oneOf('auto', 'prompt', 'deny');
/** Under KubeSphere's names. An empty list of scopes leaves all of them; 0 seconds leave the platform's own. */
const members = {
  grantMethod: optional(grantMethod),
  trusted: optional(flag('the passwords of users may pass through it')),
  redirectURIs: optional(addresses),
  postLogoutRedirectURIs: optional(addresses),
  scopeRestrictions: optional(list(text())),
  accessTokenMaxAgeSeconds: optional(integer()),
  accessTokenInactivityTimeoutSeconds: optional(integer()),
};

/** A program without its secret. */
export const shownClient = record({
  name: text('its client_id'),
  grantMethod,
  trusted: flag(),
  redirectURIs: addresses,
  postLogoutRedirectURIs: addresses,
  scopeRestrictions: list(text()),
  accessTokenMaxAgeSeconds: integer(),
  accessTokenInactivityTimeoutSeconds: integer(),
  hasSecret: flag('without one it must use PKCE'),
  source: oneOf('secret', 'file', 'platform'),
  secret: optional(text('the Secret that describes it')),
});

/** The one answer that holds a secret: the one that made it. */
const made = record({ message: text(), secret: optional(text('told this once')) });

export const oauthclients = {
  list: route('oauthclients.list', 'GET', '/oauthclients', 'The programs that users log in to here', may('list'), {
    answer: record({ clients: list(shownClient) }),
  }),
  create: route(
    'oauthclients.create',
    'POST',
    '/oauthclients',
    'A new program, described by a Secret that is written as the user himself',
    may('create'),
    {
      body: record({ name: text(), public: optional(flag('it can keep no secret')), ...members }),
      answer: made,
      errors: [409, 422],
    },
  ),
  change: route(
    'oauthclients.change',
    'PATCH',
    '/oauthclients/{oauthclient}',
    'Changes a program, or gives it a new secret',
    may('update'),
    { body: record({ newSecret: optional(flag()), ...members }), answer: made, errors: [404, 409, 422] },
  ),
  delete: route(
    'oauthclients.delete',
    'DELETE',
    '/oauthclients/{oauthclient}',
    'Removes a program: nobody logs in to it any more',
    may('delete'),
    { answer: done, errors: [404, 409] },
  ),
};
