/** Accounts. */
import { groups } from '@orrery/platform-kinds';
import type { LoginRecord, User } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant, login } from '../route.ts';
import { object, optional, record, text } from '../schema.ts';

const route = below('users', groups.iam, ['v1beta1', 'v1alpha2']);
const user = object<User>('User');
const may = (verb: string, resource = 'users', self?: true) =>
  grant('platform', verb, groups.iam, resource, {
    ...(verb !== 'list' && verb !== 'create' && { name: 'user' }),
    ...(self && { self: 'user' }),
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
};
