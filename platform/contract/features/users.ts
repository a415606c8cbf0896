/** Accounts. */
import { groups } from '@orrery/platform-kinds';
import type { LoginRecord, User } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant, login } from '../route.ts';
import { flag, integer, list, object, oneOf, optional, record, text } from '../schema.ts';

const route = below('users', groups.iam, ['v1beta1', 'v1alpha2']);
const user = object<User>('User');
const may = (verb: string, resource = 'users', self?: true) =>
  grant('platform', verb, groups.iam, resource, {
    ...(verb !== 'list' && verb !== 'create' && { name: 'user' }),
    ...(self && { self: 'user' }),
  });

/** Which page of something that has one order only. */
const paged = record({ page: optional(integer(1)), limit: optional(integer(0)) });

/** Something that is logged in with an account. Times are texts of RFC 3339. */
const session = record({
  id: text('names it; opens nothing'),
  client: text('the program: console, kubesphere, or a registered client'),
  openedAt: text(),
  expiresAt: text('unless it is used before'),
  scope: optional(text('what a program was granted; everything without it')),
  address: optional(text()),
  userAgent: optional(text()),
  current: flag('the one that asks'),
});

/** A role of somebody, and where he has it. */
const roleAt = record({
  scope: oneOf('platform', 'cluster', 'workspace', 'project'),
  role: text(),
  workspace: optional(text()),
  project: optional(text()),
  group: optional(text('the department that he has it through')),
});

/** Who somebody is for a provider. */
const identity = record({
  provider: text(),
  displayName: text(),
  uid: text('his id there'),
  configured: flag('the provider is there, and lets him in'),
});

export const users = {
  list: route('users.list', 'GET', '/users', 'Accounts', may('list'), {
    query: listQuery,
    openQuery: true,
    answer: pageOf(user),
  }),
  create: route('users.create', 'POST', '/users', 'A new account', may('create'), {
    body: user,
    answer: user,
    errors: [409, 422],
    beforeAccount: true,
  }),
  get: route('users.get', 'GET', '/users/{user}', 'One account', may('get', 'users', true), {
    answer: user,
    errors: [404],
    beforeNewPassword: true,
  }),
  update: route('users.update', 'PUT', '/users/{user}', 'Changes an account', may('update'), {
    body: user,
    answer: user,
    errors: [404, 409, 422],
  }),
  patch: route('users.patch', 'PATCH', '/users/{user}', 'Changes what a merge patch names', may('update'), {
    body: user,
    answer: user,
    errors: [404, 409, 422],
  }),
  profile: route('users.profile', 'GET', '/profile', 'The own account', login, { answer: user }),
  updateProfile: route('users.updateProfile', 'PATCH', '/profile', 'Changes the own profile', login, {
    body: record({
      displayName: optional(text(undefined, 256)),
      email: optional(text(undefined, 320)),
      lang: optional(text('a language tag, e.g. zh-CN', 35)),
      description: optional(text(undefined, 1024)),
    }),
    answer: user,
    errors: [409, 422],
  }),
  delete: route('users.delete', 'DELETE', '/users/{user}', 'Removes an account with its bindings', may('delete'), {
    answer: done,
    errors: [404],
  }),
  password: route(
    'users.password',
    'PUT',
    '/users/{user}/password',
    'Sets a password; the own one needs the current one',
    may('update', 'users/password', true),
    {
      body: record({ currentPassword: optional(text(undefined, 1024)), password: text(undefined, 1024) }),
      answer: done,
      errors: [404, 422, 429],
      beforeNewPassword: true,
    },
  ),
  loginRecords: route(
    'users.loginRecords',
    'GET',
    '/users/{user}/loginrecords',
    'Attempts to log in',
    may('list', 'users/loginrecords', true),
    { query: listQuery, openQuery: true, answer: pageOf(object<LoginRecord>('LoginRecord')), errors: [404] },
  ),
  allLoginRecords: route(
    'users.allLoginRecords',
    'GET',
    '/loginrecords',
    'Attempts to log in, of all users and of nobody',
    grant('platform', 'list', groups.iam, 'users/loginrecords'),
    { query: listQuery, openQuery: true, answer: pageOf(object<LoginRecord>('LoginRecord')) },
  ),
  unlock: route(
    'users.unlock',
    'POST',
    '/users/{user}/unlock',
    'Lets the failures of a user count no more',
    may('update'),
    { answer: done, errors: [404] },
  ),
  places: route(
    'users.places',
    'GET',
    '/users/{user}/places',
    'The roles of a user at every scope, as far as who asks may see the places',
    may('get', 'users', true),
    { query: paged, answer: pageOf(roleAt), errors: [404] },
  ),
  sessions: route(
    'users.sessions',
    'GET',
    '/users/{user}/sessions',
    'What is logged in with the account',
    may('get', 'users', true),
    { query: paged, answer: pageOf(session), errors: [404] },
  ),
  endSessions: route(
    'users.endSessions',
    'DELETE',
    '/users/{user}/sessions',
    'Logs the account out everywhere',
    may('update', 'users', true),
    { answer: done, errors: [404] },
  ),
  endSession: route(
    'users.endSession',
    'DELETE',
    '/users/{user}/sessions/{session}',
    'Ends one session of the account',
    may('update', 'users', true),
    { answer: done, errors: [404] },
  ),
  identities: route(
    'users.identities',
    'GET',
    '/users/{user}/identities',
    'The providers that know the user, and whether he has a password here',
    may('get', 'users', true),
    { answer: record({ identities: list(identity), password: flag() }), errors: [404] },
  ),
  unlink: route(
    'users.unlink',
    'DELETE',
    '/users/{user}/identities/{provider}',
    'Takes a provider’s identity off the account',
    may('update', 'users', true),
    { answer: done, errors: [404, 409] },
  ),
};
