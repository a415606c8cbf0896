/** The keys of an OpenID provider: found by its discovery document, fetched when needed, and again when a token names another key. */
import type { Handler } from '@orrery/http';
import { readBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { JSONWebKeySet, createLocalJWKSet } from 'jose';
import type { IssuerConfig } from './structured.ts';
import { TokenError } from './tokens.ts';

/** How a place is reached: TLS without an identity of ours, trusting `ca` (PEM) or the machine's authorities. */
export type Reach = (place: { readonly origin: string; readonly ca?: string }) => Handler;

const bytesMax = 1 << 20;
const timeoutMs = 10_000;
/** Between two attempts to get keys: whoever sends tokens must not make us ask at will. */
const againMs = 10_000;

/** Every algorithm of asymmetric keys: a shared secret or no signature at all is never one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

/** Loaded with the first provider's keys: most clusters have none. */
const jose = () => import('jose');

type KeySet = ReturnType<typeof createLocalJWKSet>;

export class ProviderKeys {
  readonly #config: IssuerConfig;
  readonly #reach: Reach;
  readonly #clock: Clock;
  #keys: KeySet | undefined;
  #askedMs = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(config: IssuerConfig, reach: Reach, clock: Clock) {
    this.#config = config;
    this.#reach = reach;
    this.#clock = clock;
  }

  /** The payload of a token that one of the provider's keys signed. @throws TokenError for any other, and while there are no keys */
  async verify(token: string): Promise<Uint8Array> {
    const before = this.#keys;
    if (before !== undefined) {
      const known = await this.#verifyWith(before, token);
      if (known !== undefined) return known;
    }
    await this.#refresh();
    if (this.#keys === undefined) throw new TokenError('oidc: authenticator not initialized');
    const found = this.#keys === before ? undefined : await this.#verifyWith(this.#keys, token);
    if (found === undefined) throw new TokenError('oidc: verify token: failed to verify signature');
    return found;
  }

  async #verifyWith(keys: KeySet, token: string): Promise<Uint8Array | undefined> {
    const { compactVerify } = await jose();
    try {
      return (await compactVerify(token, keys, { algorithms })).payload;
    } catch {
      return undefined;
    }
  }

  #refresh(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    if (this.#clock.monotonic() - this.#askedMs < againMs) return Promise.resolve();
    this.#askedMs = this.#clock.monotonic();
    this.#asking = this.#fetchKeys().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #fetchKeys(): Promise<void> {
    const { url, discoveryURL } = this.#config;
    const document = await this.#get(discoveryURL ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { issuer, jwks_uri: keys } = document as { issuer?: unknown; jwks_uri?: unknown };
    if (issuer !== url)
      throw new TokenError(
        `oidc: issuer URL provided to client (${JSON.stringify(url)}) did not match the issuer URL returned by provider`,
      );
    if (typeof keys !== 'string' || !URL.canParse(keys)) throw new TokenError('oidc: the provider names no keys');
    const found = (await this.#get(keys)) as JSONWebKeySet;
    this.#keys = (await jose()).createLocalJWKSet(found);
  }

  /** A JSON document. Redirects are not followed. @throws TokenError */
  async #get(address: string): Promise<object> {
    const { origin, pathname, search, host } = new URL(address);
    const { certificateAuthority: ca } = this.#config;
    const stop = new AbortController();
    const late = this.#clock.after(timeoutMs, () => stop.abort(new Error('no answer in time'))).unref();
    try {
      const headers = { host, accept: 'application/json', 'user-agent': 'kube-apiserver' };
      const send = this.#reach({ origin, ...(ca && { ca }) });
      const body = new Uint8Array();
      const answer = await send({ method: 'GET', target: `${pathname}${search}`, headers, body, signal: stop.signal });
      const text = Buffer.from(await readBody(answer.body, { limit: bytesMax, signal: stop.signal })).toString();
      if (answer.status !== 200) throw new Error(`the answer was ${answer.status}`);
      const value: unknown = JSON.parse(text);
      if (typeof value !== 'object' || value === null) throw new Error('the answer is no object');
      return value;
    } catch (error) {
      throw new TokenError(`oidc: ${address}: ${(error as Error).message}`);
    } finally {
      late.cancel();
    }
  }
}
