/** What a program may be described by. Pure. */
import { StatusError, type StatusCause } from '@orrery/machinery/status';
import { isRedirectUri, secondsMin } from '../config/clients.ts';
import { longestTokenSeconds as secondsMax } from '../config/options.ts';
import { knownScopes } from '../oauth/scopes.ts';

/** What forms send of a program, under KubeSphere's names. */
export interface Described {
  readonly grantMethod?: string;
  readonly trusted?: boolean;
  readonly redirectURIs?: readonly string[];
  readonly postLogoutRedirectURIs?: readonly string[];
  readonly scopeRestrictions?: readonly string[];
  readonly accessTokenMaxAgeSeconds?: number;
  readonly accessTokenInactivityTimeoutSeconds?: number;
}

const scopes: readonly string[] = knownScopes;

function causesIn(described: Described, hasSecret: boolean): StatusCause[] {
  const cause = (field: string, message: string): StatusCause => ({ field, message });
  const addresses = (field: 'redirectURIs' | 'postLogoutRedirectURIs') =>
    (described[field] ?? [])
      .filter(address => !isRedirectUri(address))
      .map(address => cause(field, `"${address}" is no complete address that a browser may be sent to`));
  const seconds = (field: 'accessTokenMaxAgeSeconds' | 'accessTokenInactivityTimeoutSeconds') => {
    const value = described[field] ?? 0;
    return value !== 0 && (value < secondsMin || value > secondsMax)
      ? [cause(field, `must be from ${secondsMin} to ${secondsMax} seconds, or 0 for the platform's own`)]
      : [];
  };
  return [
    ...addresses('redirectURIs'),
    ...addresses('postLogoutRedirectURIs'),
    ...(described.scopeRestrictions ?? [])
      .filter(scope => !scopes.includes(scope))
      .map(scope => cause('scopeRestrictions', `there is no scope "${scope}": choose from ${scopes.join(', ')}`)),
    ...seconds('accessTokenMaxAgeSeconds'),
    ...seconds('accessTokenInactivityTimeoutSeconds'),
    ...(described.trusted && !hasSecret
      ? [cause('trusted', 'a program without a secret may be anybody: no password passes through it')]
      : []),
  ];
}

export const invalidClient = (name: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `OAuth client "${name}" is invalid: ${causes.map(({ field, message }) => `${field}: ${message}`).join(', ')}`,
    { name, kind: 'OAuthClient', causes: [...causes] },
  );

/** @throws StatusError 422 that names each field. */
export function checkClient(name: string, described: Described, hasSecret: boolean): void {
  const causes = causesIn(described, hasSecret);
  if (causes.length > 0) throw invalidClient(name, causes);
}

/** By name, what is to be written down; `null` takes a member out. What means "the usual" is not written. */
export function membersOf(described: Described): ReadonlyMap<string, unknown> {
  const isUsual = (value: unknown) => value === 0 || value === false || (Array.isArray(value) && value.length === 0);
  return new Map(
    Object.entries(described).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, isUsual(value) ? null : value] as const],
    ),
  );
}
