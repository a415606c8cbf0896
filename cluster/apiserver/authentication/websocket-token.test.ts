import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from '@orrery/http';
import { silentLog } from '@orrery/machinery/log';
import { createAuthenticator } from './chain.ts';
import { staticTokens } from './tokens.ts';
import { websocketToken, withoutWebsocketToken } from './websocket-token.ts';

const protocol = (token: string | Uint8Array): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
const upgrade = { connection: 'keep-alive, Upgrade', upgrade: 'websocket' };
const asked = (protocols: string | string[], more: Record<string, string> = {}) => ({
  ...upgrade,
  'sec-websocket-protocol': protocols,
  ...more,
});

const api = 'https://kubernetes.default.svc';
const authenticate = createAuthenticator({
  tokens: staticTokens(new Map([['s3cret', { name: 'operator', groups: [] }]]), [api]),
  apiAudiences: [api],
  anonymous: () => true,
  log: silentLog,
});
const whoAsks = async (headers: Request['headers']): Promise<string> => {
  const { signal } = new AbortController();
  try {
    return (await authenticate({ method: 'GET', target: '/', headers, body: new Uint8Array(), signal }))!.name;
  } catch (error) {
    return String((error as { code?: number }).code);
  }
};

const nobody = 'system:anonymous';
for (const [what, headers, expected] of [
  ['a token beside another protocol', asked(`v5.channel.k8s.io, ${protocol('s3cret')}`), 'operator'],
  ['in headers of their own', asked(['v5.channel.k8s.io', protocol('s3cret')]), 'operator'],
  ['no token', asked('v5.channel.k8s.io'), nobody],
  ['an empty token', asked(`v5.channel.k8s.io, ${protocol('')}`), nobody],
  ['a wrong token', asked(`v5.channel.k8s.io, ${protocol('guessed')}`), '401'],
  ['a token alone', asked(protocol('s3cret')), '401'],
  ['two tokens', asked(`v5.channel.k8s.io, ${protocol('s3cret')}, ${protocol('s3cret')}`), '401'],
  ['two tokens in headers of their own', asked([`a, ${protocol('s3cret')}`, protocol('s3cret')]), '401'],
  ['an encoding that is none', asked('a, base64url.bearer.authorization.k8s.io.czNj=cmV0'), '401'],
  ['bytes that are no text', asked(`a, ${protocol(Uint8Array.of(0xff, 0xfe))}`), '401'],
  ['a prefix in capitals, which is another protocol', asked(`a, ${protocol('s3cret').toUpperCase()}`), nobody],
  ['no WebSocket', { 'sec-websocket-protocol': `a, ${protocol('s3cret')}` }, nobody],
  ['another upgrade', asked(`a, ${protocol('s3cret')}`, { upgrade: 'SPDY/3.1' }), nobody],
  [
    'an upgrade that the connection does not speak of',
    asked(`a, ${protocol('s3cret')}`, { connection: 'close' }),
    nobody,
  ],
  [
    'a header of authorization, which counts first',
    asked(`a, ${protocol('s3cret')}`, { authorization: 'Bearer x' }),
    '401',
  ],
] as const)
  test(`a token among the protocols of a WebSocket: ${what}`, async () => {
    assert.equal(await whoAsks(headers), expected);
  });

test('what another server is asked for holds no token, whoever the request is from', () => {
  const others = { ...upgrade, 'x-other': '1' };
  assert.equal(websocketToken(asked(`a, ${protocol('s3cret')}`)), 's3cret');
  for (const [given, left] of [
    [`a, ${protocol('s3cret')}, b`, 'a, b'],
    [['a', protocol('s3cret')], 'a'],
    [`${protocol('s3cret')}, ${protocol('x')}`, undefined],
    ['a, b', 'a, b'],
  ] as const) {
    const expected = left === undefined ? others : { ...others, 'sec-websocket-protocol': left };
    assert.deepEqual(withoutWebsocketToken({ ...others, 'sec-websocket-protocol': given as string }), expected);
  }
  assert.equal(withoutWebsocketToken(others), others);
});
