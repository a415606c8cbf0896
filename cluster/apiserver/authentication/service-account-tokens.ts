/** Issues and verifies the tokens of service accounts. */
import { formatTime, type Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { GroupResource, Reader } from '../types.ts';
import type { SigningKey, VerificationKey } from './jwt.ts';
import { signToken, unverifiedClaims, verifyToken } from './jwt.ts';
import type { BoundClaims, NamedUid, NewToken } from './service-account-claims.ts';
import {
  checkTimes,
  deletedBefore,
  newClaims,
  readBoundClaims,
  serviceAccountUser,
  sharedAudiences,
} from './service-account-claims.ts';
import type { TokenAuthenticator, Verified } from './tokens.ts';
import { TokenError } from './tokens.ts';

/** The issuer of tokens that are kept in Secrets. */
const legacyIssuer = 'kubernetes/serviceaccount';

export interface ServiceAccountTokenOptions {
  /** The first issues; all are accepted. */
  readonly issuers: readonly string[];
  /** What tokens are for when nobody says; the API's own audiences. */
  readonly apiAudiences: readonly string[];
  readonly signing: SigningKey;
  /** Keys of earlier signers, still accepted. */
  readonly formerKeys?: readonly VerificationKey[];
  readonly reads: Reader;
  readonly clock: Pick<Clock, 'now'>;
  /** Writes labels of a Secret down, without making anybody wait. Without it uses are not told, and marked tokens are believed. */
  readonly label?: (secret: KubeObject, labels: Readonly<Record<string, string>>) => void;
}

export interface ServiceAccountTokens {
  issue(token: Omit<NewToken, 'issuer'>): string;
  /** See {@link legacyToken}. */
  issueLegacy(serviceAccount: KubeObject, secretName: string): string;
  readonly authenticate: TokenAuthenticator;
  readonly keys: readonly VerificationKey[];
}

const serviceAccounts: GroupResource = { group: '', resource: 'serviceaccounts' };
const invalidated = 'service account token has been invalidated';

/** Checks that a bound object is still the one that the token was bound to. */
async function checkBound(
  options: ServiceAccountTokenOptions,
  kind: 'pod' | 'secret' | 'node',
  namespace: string,
  claimed: NamedUid,
) {
  const object = await options.reads.get({ group: '', resource: `${kind}s` }, namespace, claimed.name);
  if (!object || deletedBefore(object, options.clock.now())) throw new TokenError(invalidated);
  const { uid } = object.metadata;
  if (uid !== claimed.uid) {
    const which = kind === 'pod' ? 'pod UID' : kind === 'secret' ? 'secret UID' : 'node UID';
    throw new TokenError(`${which} (${uid}) does not match service account ${kind} ref claim (${claimed.uid})`);
  }
}

async function checkAccount(
  { reads, clock }: ServiceAccountTokenOptions,
  namespace: string,
  claimed: NamedUid,
): Promise<void> {
  const account = await reads.get(serviceAccounts, namespace, claimed.name);
  if (!account) throw new TokenError(`serviceaccounts "${claimed.name}" not found`);
  if (deletedBefore(account, clock.now()))
    throw new TokenError(`service account ${namespace}/${claimed.name} has been deleted`);
  if (account.metadata.uid !== claimed.uid)
    throw new TokenError(`service account UID (${account.metadata.uid}) does not match claim (${claimed.uid})`);
}

async function verifyBound(
  options: ServiceAccountTokenOptions,
  claims: Record<string, unknown>,
  audiences: readonly string[],
): Promise<Verified> {
  const shared = sharedAudiences(claims, audiences, options.apiAudiences);
  checkTimes(claims, options.clock.now());
  const own: BoundClaims = readBoundClaims(claims);
  await checkAccount(options, own.namespace, own.serviceaccount);
  if (own.secret) await checkBound(options, 'secret', own.namespace, own.secret);
  if (own.pod) await checkBound(options, 'pod', own.namespace, own.pod);
  // A node beside a pod only informs; alone, the token is bound to it.
  if (own.node && !own.pod) await checkBound(options, 'node', '', own.node);
  return { user: serviceAccountUser(own, claims['jti']), audiences: shared };
}

const legacyClaim = (claims: Record<string, unknown>, name: string): string => {
  const value = claims[`kubernetes.io/serviceaccount/${name}`];
  if (typeof value !== 'string' || !value) throw new TokenError(`${name} claim is missing`);
  return value;
};

async function verifyLegacy(
  options: ServiceAccountTokenOptions,
  token: string,
  claims: Record<string, unknown>,
  audiences: readonly string[],
): Promise<Verified> {
  const shared = sharedAudiences(claims, audiences, options.apiAudiences);
  const namespace = legacyClaim(claims, 'namespace');
  const account = {
    name: legacyClaim(claims, 'service-account.name'),
    uid: legacyClaim(claims, 'service-account.uid'),
  };
  const secret = (await options.reads.get(
    { group: '', resource: 'secrets' },
    namespace,
    legacyClaim(claims, 'secret.name'),
  )) as (KubeObject & { data?: Record<string, string> }) | undefined;
  if (!secret || deletedBefore(secret, options.clock.now())) throw new TokenError(invalidated);
  if (Buffer.from(secret.data?.['token'] ?? '', 'base64').toString() !== token)
    throw new TokenError("service account token does not match server's copy");
  await checkAccount(options, namespace, account);
  if (options.label) noteUse(options, secret, namespace, account.name);
  return { user: serviceAccountUser({ namespace, serviceaccount: account }, undefined), audiences: shared };
}

const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';

/** Writes the day of use on the Secret, once a day. @throws TokenError when it is marked as invalid */
function noteUse(
  { clock, label }: ServiceAccountTokenOptions,
  secret: KubeObject,
  namespace: string,
  account: string,
): void {
  const { name, labels = {} } = secret.metadata;
  const dayIn = (days: number): string => formatTime(clock.now() + days * 24 * 3600_000).slice(0, 'yyyy-mm-dd'.length);
  // Another server's clock may be ahead.
  if (![dayIn(0), dayIn(1)].includes(labels[lastUsedLabel] ?? '')) label!(secret, { [lastUsedLabel]: dayIn(0) });
  if (!labels[invalidSinceLabel]) return;
  throw new TokenError(
    `the token in secret ${namespace}/${name} for service account ${namespace}/${account} has been marked invalid. ` +
      `Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' ` +
      'label from the secret to temporarily allow use of this token',
  );
}

/** The token that a Secret of type `kubernetes.io/service-account-token` holds: it never expires, but ends with its Secret. */
export const legacyToken =
  (signing: SigningKey) =>
  ({ metadata: { namespace = '', name = '', uid = '' } }: KubeObject, secretName: string): string => {
    const prefix = 'kubernetes.io/serviceaccount';
    return signToken(signing, {
      iss: legacyIssuer,
      [`${prefix}/namespace`]: namespace,
      [`${prefix}/secret.name`]: secretName,
      [`${prefix}/service-account.name`]: name,
      [`${prefix}/service-account.uid`]: uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
  };

export function createServiceAccountTokens(options: ServiceAccountTokenOptions): ServiceAccountTokens {
  const { issuers, signing, formerKeys = [] } = options;
  const keys: VerificationKey[] = [signing, ...formerKeys];
  return {
    keys,
    issue: token => signToken(signing, newClaims({ ...token, issuer: issuers[0]! })),
    issueLegacy: legacyToken(signing),
    async authenticate(token, audiences) {
      const issuer = unverifiedClaims(token)?.['iss'];
      if (typeof issuer !== 'string' || (issuer !== legacyIssuer && !issuers.includes(issuer))) return undefined;
      const claims = verifyToken(token, keys);
      // Somebody else's tokens may have our issuer's name: they are merely unknown.
      if (!claims) return undefined;
      return issuer === legacyIssuer
        ? verifyLegacy(options, token, claims, audiences)
        : verifyBound(options, claims, audiences);
    },
  };
}
