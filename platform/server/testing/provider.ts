/** The platform as a provider of OpenID on a socket, with programs that are its clients and a user, alice: for tests of what they do. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Handler } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { adminOf, createAccount } from './accounts.ts';
import { createBrowser, type Browser } from './browser.ts';
import { configure } from './configuration.ts';
import { eventually, password } from './people.ts';
import { startCluster, startPlatform, type Answer, type TestCluster, type TestPlatform } from './platform.ts';

export const callback = 'https://app.test/callback';

const clients = [
  {
    name: 'app',
    secret: 'app-s3cret',
    grantMethod: 'auto',
    redirectURIs: [callback],
    postLogoutRedirectURIs: ['https://app.test/bye'],
  },
  { name: 'third', secret: 'third-s3cret', grantMethod: 'prompt', redirectURIs: ['https://third.test/cb'] },
  {
    name: 'narrow',
    secret: 'narrow-s3cret',
    grantMethod: 'auto',
    redirectURIs: ['https://narrow.test/cb'],
    scopeRestrictions: ['openid'],
  },
  { name: 'banned', secret: 'banned-s3cret', grantMethod: 'deny', redirectURIs: ['https://banned.test/cb'] },
  { name: 'television', grantMethod: 'prompt' },
  {
    name: 'short',
    secret: 'short-s3cret',
    grantMethod: 'auto',
    redirectURIs: ['https://short.test/cb'],
    accessTokenMaxAgeSeconds: 600,
  },
];

export interface TestProvider {
  readonly cluster: TestCluster;
  readonly platform: TestPlatform;
  readonly issuer: string;
  /** In which that user is logged in. */
  newBrowser(user?: string): Promise<Browser>;
  /** Where the program `app` sends a browser, unless told otherwise. */
  authorizeUrl(values: Record<string, string>): string;
  /** What came back to the program. */
  answerOf(browser: Browser, values: Record<string, string>): Promise<URLSearchParams>;
  /** Tokens for a code, as `app` asks for them unless told otherwise. */
  redeem(code: string, form?: Record<string, string>): Promise<Answer>;
  usable(token: unknown): Promise<boolean>;
  /** Waits until the session of that token is. */
  over(token: unknown): Promise<void>;
  /** Waits until the platform has, or has no longer, a client of that name. */
  untilKnown(name: string, isKnown?: boolean): Promise<void>;
}

/** Ends after the tests of the file. */
export async function startProvider(): Promise<TestProvider> {
  const cluster = await startCluster();
  let handler: Handler = async () => ({ status: 503, headers: {} });
  const socket = await serve({ handler: request => handler(request), clock: systemClock, log: silentLog });
  const issuer = `http://127.0.0.1:${socket.port}`;
  const platform = await startPlatform(cluster, { issuer });
  handler = platform.handler;
  after(async () => {
    await socket.close();
    await platform.close();
    await cluster.close();
  });
  const provider = providerOf(cluster, platform, issuer);
  await createAccount(platform, await adminOf(platform), 'alice', { email: 'alice@example.test', lang: 'en' });
  for (const client of clients) await configure(cluster.client, 'oauthclient', client);
  await Promise.all(['app', 'third', 'narrow', 'short'].map(name => provider.untilKnown(name)));
  return provider;
}

function providerOf(cluster: TestCluster, platform: TestPlatform, issuer: string): TestProvider {
  const authorizeUrl = (values: Record<string, string>): string =>
    `${issuer}/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: 'app', redirect_uri: callback, ...values })}`;
  const usable = async (token: unknown): Promise<boolean> =>
    (await platform.call('GET', '/oauth/userinfo', { token: token as string })).status === 200;
  return {
    cluster,
    platform,
    issuer,
    authorizeUrl,
    usable,
    async newBrowser(user = 'alice') {
      const browser = createBrowser({ [issuer]: platform });
      assert.equal((await browser.send('POST', '/login', { username: user, password })).status, 200);
      return browser;
    },
    async answerOf(browser, values) {
      const uri = values['redirect_uri'] ?? callback;
      const { url, status, text } = await browser.visit(authorizeUrl(values), uri);
      assert.equal(status, 0, `${status} ${text}`);
      return new URL(url).searchParams;
    },
    redeem(code, form = {}) {
      const client = { client_id: 'app', client_secret: 'app-s3cret', redirect_uri: callback };
      return platform.call('POST', '/oauth/token', {
        form: { grant_type: 'authorization_code', ...client, code, ...form },
      });
    },
    over: token => eventually('the session is over', async () => !(await usable(token))),
    async untilKnown(name, isKnown = true) {
      const form = { client_id: name, client_secret: `${name}-s3cret`, token: 'x' };
      const ask = () => platform.call('POST', '/oauth/revoke', { form });
      await eventually('the client is as configured', async () => ((await ask()).status === 200) === isKnown);
    },
  };
}
