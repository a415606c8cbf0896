/** Logging in by somebody who knows the user: directories, OpenID providers, GitHub and others. */
import { anybody, at } from '../route.ts';
import { optional, record, text } from '../schema.ts';
import { loginAnswer } from './oauth.ts';

const route = at('providers');

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
};
