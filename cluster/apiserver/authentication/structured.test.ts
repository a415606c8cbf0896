import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authenticationConfigOf } from './structured.ts';

const head = { apiVersion: 'apiserver.config.k8s.io/v1beta1', kind: 'AuthenticationConfiguration' };
const jwt = {
  issuer: { url: 'https://a.example', audiences: ['x'] },
  claimMappings: { username: { claim: 'sub', prefix: '' } },
};
const withIssuer = (more: object) => ({ ...head, jwt: [{ ...jwt, issuer: { ...jwt.issuer, ...more } }] });
const withMappings = (more: object) => ({
  ...head,
  jwt: [{ ...jwt, claimMappings: { ...jwt.claimMappings, ...more } }],
});

test('a configuration is read as it stands', () => {
  const { issuers, anonymous } = authenticationConfigOf({ ...head, jwt: [jwt], anonymous: { enabled: false } });
  assert.deepEqual(anonymous, { enabled: false });
  assert.deepEqual(issuers, [
    {
      ...{ url: 'https://a.example', audiences: ['x'], claimValidationRules: [], extra: [], userValidationRules: [] },
      username: { claim: 'sub', prefix: '' },
    },
  ]);
});

describe('mistakes are told with their place', () => {
  const cases: [what: string, document: unknown, message: string][] = [
    [
      'another kind',
      { kind: 'Pod', apiVersion: 'v1' },
      'a AuthenticationConfiguration of apiserver.config.k8s.io/v1 or ',
    ],
    ['an unknown field', { ...head, jwts: [] }, 'jwts: Invalid value: unknown field'],
    ['an issuer twice', { ...head, jwt: [jwt, jwt] }, 'jwt[1].issuer.url: Duplicate value: "https://a.example"'],
    [
      'a query',
      withIssuer({ url: 'https://a?b' }),
      'jwt[0].issuer.url: Invalid value: "https://a?b": URL must not contain a query',
    ],
    ['a name in the address', withIssuer({ url: 'https://a@b' }), 'URL must not contain a username or password'],
    [
      'discovery at the issuer',
      withIssuer({ discoveryURL: 'https://a.example/' }),
      'discoveryURL must be different from URL',
    ],
    [
      'several audiences',
      withIssuer({ audiences: ['a', 'b'] }),
      'audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [
      'no certificate',
      withIssuer({ certificateAuthority: 'x' }),
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"',
    ],
    ['two sources', withMappings({ uid: { claim: 'a', expression: 'b' } }), "expression and claim can't both be set"],
    [
      'a prefix beside an expression',
      withMappings({ groups: { expression: 'b', prefix: '' } }),
      "prefix can't be set when expression is set",
    ],
    [
      'mail that nobody verified',
      withMappings({ username: { expression: 'claims.email' } }),
      'claims.email_verified must be used in',
    ],
    [
      'reserved keys',
      withMappings({ extra: [{ key: 'x.k8s.io/a', valueExpression: '""' }] }),
      'are reserved for Kubernetes use',
    ],
    [
      'conditions of nothing',
      { ...head, anonymous: { conditions: [{ path: '/a' }] } },
      'enabled should be set to true',
    ],
  ];
  for (const [what, document, message] of cases)
    test(what, () => {
      assert.throws(
        () => authenticationConfigOf(document),
        ({ message: told }: Error) => told.includes(message),
      );
    });
});
