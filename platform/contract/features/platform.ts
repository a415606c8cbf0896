/** What is always there: versions, health of the platform itself, which features are on, what the user may do. */
import { anybody, at, below, login } from '../route.ts';
import { flag, map, object, oneOf, optional, record, text, list } from '../schema.ts';
import type { Menu } from '../manifest.ts';

const route = at('platform');
const config = below('platform', 'config.kubesphere.io', ['v1alpha2']);
const iam = below('platform', 'iam.kubesphere.io', ['v1beta1']);

export interface AccessReview {
  apiVersion?: string;
  kind?: string;
  spec: {
    /** Somebody else, for who may ask about others. */
    user?: string;
    resourceAttributes?: {
      verb: string;
      group?: string;
      resource: string;
      subresource?: string;
      name?: string;
      namespace?: string;
      /** A right within a workspace, as the platform's routes ask for it. */
      workspace?: string;
    };
  };
  status?: { allowed: boolean; reason?: string };
}

/** The public half of what a log-in page needs to know. */
export const oauthOptions = record({
  issuer: text(),
  accessTokenMaxAge: text('in seconds'),
  identityProviders: list(object('an identity provider without its secrets')),
});

/** One question: a route with the values of its path, or something native. */
const accessQuestion = record({
  route: optional(text('the id of a route')),
  path: optional(map(text())),
  verb: optional(text()),
  group: optional(text()),
  resource: optional(text()),
  subresource: optional(text()),
  workspace: optional(text('a right to a part of a workspace, as the platform’s routes ask for it')),
  namespace: optional(text()),
  name: optional(text()),
});

/** Which binding gives a right, or comes nearest to it. */
const why = record({
  ground: oneOf('granted', 'verbs', 'elsewhere', 'silent', 'nothing'),
  text: text('one sentence'),
  binding: optional(
    record({
      kind: text(),
      name: text(),
      namespace: optional(text()),
      source: optional(text('the object of the platform that it follows from')),
    }),
  ),
  role: optional(text()),
  subject: optional(record({ kind: text(), name: text() })),
  verbs: optional(list(text())),
  roles: optional(list(text('a role in the same place that would do'))),
});

const accessAnswer = record({ allowed: flag(), reason: optional(text()), why: optional(why) });

export const platform = {
  health: route('platform.health', 'GET', ['/healthz', '/livez', '/readyz'], 'Whether the platform answers', anybody),
  version: route(
    'platform.version',
    'GET',
    ['/version', '/kapis/version'],
    'Versions of platform and cluster',
    anybody,
    {
      answer: object<{ gitVersion: string; kubernetes?: { gitVersion: string } }>('Info'),
    },
  ),
  openapi: route('platform.openapi', 'GET', ['/kapis/openapi/v3'], 'This surface as an OpenAPI document', anybody, {
    answer: object<object>('OpenAPI 3.0'),
  }),
  configz: config('platform.configz', 'GET', '/configs/configz', 'Which components are on', anybody, {
    answer: map(flag()),
  }),
  oauthConfig: config('platform.oauthConfig', 'GET', '/configs/oauth', 'How to log in', anybody, {
    answer: oauthOptions,
  }),
  features: config(
    'platform.features',
    'GET',
    '/configs/features',
    'The features that are on, with their menus',
    login,
    {
      answer: list(
        record({ name: text(), summary: text(), menus: list(object<Menu>('Menu')), needs: optional(list(text())) }),
      ),
    },
  ),
  accessReviews: iam(
    'platform.accessReviews',
    'POST',
    '/accessreviews',
    'Whether the user may call routes or use native resources, in the order asked: what a page asks for its buttons',
    login,
    {
      body: record({
        questions: list(accessQuestion),
        why: optional(flag('tell also why')),
        user: optional(text('somebody else, for who may ask about others')),
      }),
      answer: record({ answers: list(accessAnswer) }),
    },
  ),
  accessReview: iam(
    'platform.accessReview',
    'POST',
    '/subjectaccessreviews',
    'Whether the user himself may do something, and why',
    login,
    {
      body: object<AccessReview>('SubjectAccessReview'),
      answer: object<AccessReview>('SubjectAccessReview'),
      status: 201,
    },
  ),
};
