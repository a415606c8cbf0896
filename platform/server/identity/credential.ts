/**
 * Credentials that stand in files of programs. Each is a session, so that it ends with the account, with its password and when it is taken
 * back; it lives longer than a token, opens the cluster's own API alone, and what is stored of it opens nothing.
 */
import type { Random } from '@orrery/machinery/random';
import { unauthorized } from '@orrery/machinery/status';
import { hexDigest, sameText } from '../oauth/digest.ts';
import type { Session, Sessions, SessionStart } from './sessions.ts';

/** What such sessions are opened for, as the list of sessions names it. */
export const kubeconfigClient = 'kubeconfig';

const prefix = 'kubeconfig.';
const form = /^kubeconfig\.([0-9a-f]{40})\.([0-9a-f]{64})$/;
const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** A new one, told once. */
export async function openCredential(
  { sessions, random }: { readonly sessions: Sessions; readonly random: Random },
  user: string,
  start: Pick<SessionStart, 'lifeMs' | 'from'>,
): Promise<string> {
  const secret = hex(random.bytes(32));
  const id = await sessions.open(user, kubeconfigClient, { ...start, key: await hexDigest(secret) });
  return `${prefix}${id}.${secret}`;
}

export const isCredential = (token: string): boolean => token.startsWith(prefix);

/** Ends the credential that stands in this text, if one does. */
export async function endCredential(sessions: Pick<Sessions, 'end'>, text: string): Promise<void> {
  const [, id] = /\bkubeconfig\.([0-9a-f]{40})\./.exec(text) ?? [];
  if (id !== undefined) await sessions.end(id);
}

/** Rejects with 401 for one that is over or was never there. */
export async function readCredential(
  { sessions }: { readonly sessions: Pick<Sessions, 'find'> },
  token: string,
): Promise<{ readonly id: string; readonly session: Session }> {
  const [, id = '', secret = ''] = form.exec(token) ?? [];
  const [session, digest] = await Promise.all([sessions.find(id), hexDigest(secret)]);
  if (session?.key === undefined || !sameText(session.key, digest))
    throw unauthorized('the kubeconfig is over: get a new one');
  return { id, session };
}
