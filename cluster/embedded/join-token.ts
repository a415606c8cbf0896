/**
 * Tokens that machines join with: a bootstrap token of Kubernetes, and behind it the digest of the cluster's authority, by which the machine
 * knows whom it trusts with the token. Pure.
 */
import { joinGroup } from '@orrery/controllers/nodes';
import type { Secret } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';

export interface JoinToken {
  /** Six characters that are no secret. */
  readonly id: string;
  readonly secret: string;
  /** SHA-256 of the authority's public key, in hexadecimal digits. */
  readonly authority: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes from here on would make the first letters of the alphabet a little likelier. */
const fairBelow = 256 - (256 % alphabet.length);

function letters(count: number, random: Random): string {
  let text = '';
  while (text.length < count)
    for (const byte of random.bytes(32))
      if (byte < fairBelow && text.length < count) text += alphabet[byte % alphabet.length];
  return text;
}

export const newJoinToken = (authority: string, random: Random): JoinToken => ({
  id: letters(6, random),
  secret: letters(16, random),
  authority,
});

export const printToken = ({ id, secret, authority }: JoinToken): string => `${id}.${secret}@sha256:${authority}`;

/** Undefined for what is no such token. */
export function parseToken(text: string): JoinToken | undefined {
  const [, id, secret, authority] = /^([a-z0-9]{6})\.([a-z0-9]{16})@sha256:([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return id && secret && authority ? { id, secret, authority } : undefined;
}

export const tokenPlace = { namespace: 'kube-system', type: 'bootstrap.kubernetes.io/token' } as const;

export const secretNameOf = (id: string): string => `bootstrap-token-${id}`;

/** @param endsAt in milliseconds since the epoch; a token without it never ends */
export function tokenSecret({ id, secret }: JoinToken, endsAt: number | undefined, description: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: tokenPlace.type,
    metadata: { name: secretNameOf(id), namespace: tokenPlace.namespace },
    stringData: {
      'token-id': id,
      'token-secret': secret,
      ...(endsAt !== undefined && { expiration: formatTime(endsAt) }),
      ...(description !== '' && { description }),
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      'auth-extra-groups': joinGroup,
    },
  };
}

/** A token as it is told: never with its secret. */
export interface TokenRow {
  readonly id: string;
  /** Empty for one that never ends. */
  readonly expires: string;
  readonly description: string;
}

/** The tokens among Secrets that machines of ours join with. */
export const tokenRows = (secrets: readonly Secret[]): TokenRow[] =>
  secrets.flatMap(({ type, data = {} }) => {
    const value = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString();
    if (type !== tokenPlace.type || !value('auth-extra-groups').split(',').includes(joinGroup)) return [];
    return [{ id: value('token-id'), expires: value('expiration'), description: value('description') }];
  });
