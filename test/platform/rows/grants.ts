/** Rows 40, 41, 44 and 45: tokens, programs that get some, and doors without one. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { equal, match, ok } from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { eventually } from '../../e2e/support/cluster.ts';
import { iam, lists, password, tenant, type Rows, type Suite } from '../support/suite.ts';

const place = { namespace: 'kubesphere-system' };
const callback = 'https://program.example.com/callback';
const client = { client_id: 'program', client_secret: 'program-s3cret' };

/** A Secret of the configuration, as an administrator writes it. */
const configured = (name: string, type: string, file: string, content: object) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type: `config.kubesphere.io/${type}` },
  metadata: { name, ...place, labels: { 'config.kubesphere.io/type': type } },
  data: { [file]: Buffer.from(JSON.stringify(content)).toString('base64') },
});

async function registerProgram({ platform, caller }: Suite): Promise<void> {
  const content = { name: 'program', secret: client.client_secret, grantMethod: 'auto', redirectURIs: [callback] };
  await platform.admin.create(
    resources.secrets,
    configured('oauthclient-program', 'oauthclient', 'configuration.yaml', content) as never,
  );
  await eventually('the program is known', async () => {
    return (await caller.call('POST', '/oauth/revoke', { form: { ...client, token: 'x' } })).status === 200;
  });
}

/** The code that the platform sends to the program, for who has this token. */
async function codeFor({ caller, token }: Suite, who: string, query: Record<string, string>): Promise<URL> {
  const wanted = { response_type: 'code', client_id: 'program', redirect_uri: callback, ...query };
  const target = `/oauth/authorize?${new URLSearchParams(wanted)}`;
  const { status, headers, text } = await caller.call('GET', target, { token: token(who) });
  equal(status, 302, text);
  return new URL(String(headers['location']));
}

export const grants: Rows = row => {
  row(
    40,
    'a token for a password, for a refresh token and for a code, each good once where it is to be',
    async suite => {
      const { caller, user } = suite;
      await user('holder');
      await registerProgram(suite);
      const { refresh_token } = await caller.tokens('holder', password);
      const refresh = (token: string) =>
        caller.call('POST', '/oauth/token', {
          form: {
            grant_type: 'refresh_token',
            client_id: 'kubesphere',
            client_secret: 'kubesphere',
            refresh_token: token,
          },
        });
      const next = await refresh(refresh_token);
      equal(next.status, 200, next.text);
      equal((await refresh(refresh_token)).status, 400);
      const verifier = 'a-verifier-that-is-long-enough-for-the-rule-of-43-characters';
      const code_challenge = createHash('sha256').update(verifier).digest('base64url');
      const back = await codeFor(suite, 'holder', { state: 's', code_challenge, code_challenge_method: 'S256' });
      equal(back.searchParams.get('state'), 's');
      const redeem = (code_verifier: string) =>
        caller.call('POST', '/oauth/token', {
          form: {
            ...client,
            ...{ grant_type: 'authorization_code', redirect_uri: callback, code_verifier },
            code: back.searchParams.get('code')!,
          },
        });
      const { status, body, text } = await redeem(verifier);
      equal(status, 200, text);
      const token = String(body['access_token']);
      equal((await caller.call('GET', '/oauth/userinfo', { token })).status, 200);
      equal((await redeem(verifier)).status, 400, 'a code is good once');
      const elsewhere = `/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: 'program', redirect_uri: `${callback}.evil.example` })}`;
      equal((await caller.call('GET', elsewhere, { token: suite.token('holder') })).headers['location'], undefined);
    },
  );

  row(
    41,
    'a program finds everything by discovery, and the signature of an id_token is by a key that is shown',
    async suite => {
      const { caller } = suite;
      const { body: discovered } = await caller.call('GET', '/.well-known/openid-configuration');
      for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'])
        ok(discovered[name], name);
      const back = await codeFor(suite, 'holder', { scope: 'openid email', nonce: 'n-1' });
      const { body } = await caller.call('POST', '/oauth/token', {
        form: {
          ...client,
          ...{ grant_type: 'authorization_code', redirect_uri: callback, code: back.searchParams.get('code')! },
        },
      });
      const [head = '', claims = '', signature = ''] = String(body['id_token']).split('.');
      const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
      const { body: keys } = await caller.call('GET', '/oauth/keys');
      const jwk = (keys['keys'] as { kid: string }[]).find(({ kid }) => kid === read(head)['kid']);
      const key = createPublicKey({ key: jwk as never, format: 'jwk' });
      ok(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')));
      const { iss, sub, aud, nonce, email } = read(claims);
      equal(iss, discovered['issuer']);
      equal([sub, aud, nonce, email].join(' '), 'holder program n-1 holder@example.com');
      const { status } = await caller.call('GET', '/oauth/userinfo', { token: String(body['id_token']) });
      equal(status, 401, 'it opens nothing here');
    },
  );

  row(45, 'without a token there is nothing but what is for everybody', async ({ caller }) => {
    const { paths } = (await caller.call('GET', '/kapis/openapi/v3')).body as {
      paths: Record<string, Record<string, unknown>>;
    };
    const asked: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      if (!('get' in methods)) continue;
      const target = path.replaceAll(/\{[^}]+\}/g, 'x');
      const { status } = await caller.call('GET', target);
      if (status !== 401) asked.push(path);
    }
    for (const path of asked) match(path, open, path);
    for (const target of ['/api/v1/namespaces', '/apis/apps/v1/deployments', '/api', '/clusters/host/api/v1/pods'])
      equal((await caller.call('GET', target)).status, 401, target);
    for (const target of [`${iam}/users`, `${tenant}/workspaces`, `${lists}/pods`])
      equal((await caller.call('GET', target, { token: 'a.b.c' })).status, 401, target);
  });

  row(44, 'one session at a time: the second log-in ends the first', async ({ platform, caller, user }) => {
    await user('single');
    const before = await caller.tokens('single', password);
    const name = 'kubesphere-config';
    const yaml = 'authentication:\n  multipleLogin: false\n';
    await platform.admin.create(resources.configmaps, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...place }, data: { 'kubesphere.yaml': yaml } },
    } as never);
    const opens = async (token: string) => (await caller.call('GET', '/oauth/userinfo', { token })).status === 200;
    ok(await opens(before.access_token));
    await eventually('the first one is over', async () => {
      const first = await caller.tokens('single', password);
      const second = await caller.tokens('single', password);
      return !(await opens(first.access_token)) && (await opens(second.access_token));
    });
    await platform.admin.delete(resources.configmaps, name, place);
  });
};

const open =
  /^\/(healthz|livez|readyz|metrics|version|oauth\/|\.well-known\/|kapis\/(version|metrics|openapi|config\.kubesphere\.io\/v1alpha2\/configs\/(configz|oauth)))/;
