/** Which program asks: by form or by Basic (RFC 6749 2.3.1), never by both. */
import { header, type Request } from '@orrery/http';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import { sameText } from './digest.ts';
import { OAuthError, invalidRequest } from './errors.ts';

interface Credentials {
  readonly id: string | undefined;
  readonly secret: string | undefined;
}

export interface ClientForm {
  readonly client_id?: string;
  readonly client_secret?: string;
}

const unknown = () => new OAuthError(401, 'invalid_client', 'the client is unknown, or its secret is wrong');

function basicIn({ headers }: Request): Credentials | undefined {
  const [scheme, text = ''] = header(headers, 'authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  try {
    const [id, secret] = splitOnce(new TextDecoder().decode(Uint8Array.from(atob(text), at => at.charCodeAt(0))));
    const plain = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
    return { id: plain(id), secret: plain(secret) };
  } catch {
    throw unknown();
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** @throws OAuthError 401 for a client that there is not, or that has a secret and does not know it. */
export function clientFor(
  { config }: Pick<PlatformContext, 'config'>,
  request: Request,
  form: ClientForm,
): OAuthClient {
  const basic = basicIn(request);
  if (basic && form.client_secret !== undefined) throw invalidRequest('the client names itself twice');
  const { id, secret } = basic ?? { id: form.client_id, secret: form.client_secret };
  if (basic && form.client_id !== undefined && form.client_id !== id) throw unknown();
  const client = id === undefined ? undefined : config.client(id);
  const knows = client && (client.secret === undefined || sameText(secret ?? '', client.secret));
  if (!knows || client.grantMethod === 'deny') throw unknown();
  return client;
}

/** The same for what only programs with a secret may ask. */
export function confidentialClient(
  context: Pick<PlatformContext, 'config'>,
  request: Request,
  form: ClientForm,
): OAuthClient {
  const client = clientFor(context, request, form);
  if (client.secret === undefined) throw unknown();
  return client;
}
