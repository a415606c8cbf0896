/** Tokens of OpenID providers, as a structured configuration says; a new configuration takes the place of the old one in one step. */
import type { Clock } from '@orrery/machinery/clock';
import type { Claims } from './claims.ts';
import { unverifiedClaims } from './jwt.ts';
import { ProviderKeys } from './oidc-keys.ts';
import type { Reach } from './oidc-keys.ts';
import type { AnonymousConfig, IssuerConfig } from './structured.ts';
import { authenticationConfigOf } from './structured.ts';
import type { TokenAuthenticator, Verified } from './tokens.ts';
import { TokenError } from './tokens.ts';

/** Tokens may say that they begin this much later than our clock. */
const notBeforeLeewayMs = 5 * 60_000;

export interface StructuredAuthentication {
  readonly tokens: TokenAuthenticator;
  /** Who may come without credentials; undefined where the configuration says nothing. */
  anonymous(): AnonymousConfig | undefined;
  /** Replaces the configuration. @throws Error naming every mistake; the one before stays then */
  apply(document: unknown): Promise<void>;
}

interface Provider {
  readonly config: IssuerConfig;
  readonly keys: ProviderKeys;
  readonly userOf: (claims: Claims) => Verified['user'];
}

function checkClaims({ audiences }: IssuerConfig, claims: Claims, nowMs: number): void {
  const stated = [claims['aud']].flat();
  if (!stated.some(audience => audiences.includes(String(audience))))
    throw new TokenError(
      `oidc: verify token: expected audience in ${JSON.stringify(audiences)} got ${JSON.stringify(stated)}`,
    );
  const { exp, nbf } = claims;
  if (typeof exp !== 'number' || exp * 1000 <= nowMs) throw new TokenError('oidc: verify token: token is expired');
  if (typeof nbf === 'number' && nowMs + notBeforeLeewayMs < nbf * 1000)
    throw new TokenError('oidc: verify token: current time is before the nbf (not before) time');
}

/** @param apiAudiences what tokens that are accepted are good for */
export function structuredAuthentication(
  { reach, clock }: { readonly reach: Reach; readonly clock: Clock },
  apiAudiences: readonly string[] = ['https://kubernetes.default.svc'],
): StructuredAuthentication {
  let providers = new Map<string, Provider>();
  let anonymous: AnonymousConfig | undefined;
  return {
    anonymous: () => anonymous,
    async apply(document) {
      const config = authenticationConfigOf(document);
      const next = new Map<string, Provider>();
      if (config.issuers.length > 0) {
        const { userOfClaims } = await import('./claims.ts');
        for (const [index, issuer] of config.issuers.entries()) {
          const before = providers.get(issuer.url);
          const keys =
            before &&
            before.config.certificateAuthority === issuer.certificateAuthority &&
            before.config.discoveryURL === issuer.discoveryURL
              ? before.keys
              : new ProviderKeys(issuer, reach, clock);
          next.set(issuer.url, { config: issuer, keys, userOf: userOfClaims(issuer, `jwt[${index}]`) });
        }
      }
      providers = next;
      ({ anonymous } = config);
    },
    async tokens(token, audiences) {
      const issuer = providers.size > 0 ? unverifiedClaims(token)?.['iss'] : undefined;
      const provider = typeof issuer === 'string' ? providers.get(issuer) : undefined;
      const meant = apiAudiences.filter(audience => audiences.includes(audience));
      if (provider === undefined || meant.length === 0) return undefined;
      const payload = await provider.keys.verify(token);
      const claims = JSON.parse(Buffer.from(payload).toString()) as Claims;
      if (claims['iss'] !== issuer) throw new TokenError('oidc: verify token: id token issued by a different provider');
      checkClaims(provider.config, claims, clock.now());
      return { user: provider.userOf(claims), audiences: meant };
    },
  };
}
