/** How others check our tokens: OpenID Connect discovery and the key set. */
import type { Request, Response } from '@orrery/http';
import type { VerificationKey } from './jwt.ts';
import { keySet } from './jwt.ts';

export interface DiscoveryOptions {
  readonly issuer: string;
  /** Where verifiers reach {@link keySetPath}, e.g. `https://192.0.2.7:6443/openid/v1/jwks`. */
  readonly keySetUri: string;
  readonly keys: readonly VerificationKey[];
}

export const configurationPath = '/.well-known/openid-configuration';
export const keySetPath = '/openid/v1/jwks';

const json = (type: string, value: unknown): Response => ({
  status: 200,
  headers: { 'content-type': type, 'cache-control': 'public, max-age=3600' },
  body: new TextEncoder().encode(JSON.stringify(value)),
});

const accepts = (request: Request, type: string): boolean => {
  const header = request.headers['accept'];
  if (typeof header !== 'string' || header.trim() === '') return true;
  const ranges = header.split(',').map(range => range.split(';')[0]!.trim().toLowerCase());
  return ranges.some(range => range === type || range === '*/*' || range === 'application/*');
};

function served(type: string, value: unknown): (request: Request) => Promise<Response> {
  return async request => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } };
    if (accepts(request, type)) return json(type, value);
    const message = `only the following media types are accepted: ${type}`;
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'NotAcceptable',
      code: 406,
    };
    return { ...json('application/json', status), status: 406 };
  };
}

/** For `ServerParts.paths`. */
export function discoveryPaths({
  issuer,
  keySetUri,
  keys,
}: DiscoveryOptions): Record<string, (request: Request) => Promise<Response>> {
  const configuration = {
    issuer,
    jwks_uri: keySetUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(key => key.algorithm))].toSorted(),
  };
  return {
    [configurationPath]: served('application/json', configuration),
    [keySetPath]: served('application/jwk-set+json', keySet(keys)),
  };
}
