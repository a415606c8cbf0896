/**
 * Tokens of browsers, which can set no header on a WebSocket but its protocols (apiserver `request/websocket.ProtocolAuthenticator`): one of
 * these is the token, and at least one other must be asked for, since a server answers with one of them.
 */
import { asksUpgrade, header, headerList } from '@orrery/http';
import type { Headers } from '@orrery/http';
import { TokenError } from './tokens.ts';

const protocolHeader = 'sec-websocket-protocol';
const prefix = 'base64url.bearer.authorization.k8s.io.';
const encoded = /^[A-Za-z0-9_-]*$/;

function decoded(text: string): string {
  if (!encoded.test(text) || text.length % 4 === 1)
    throw new TokenError('invalid base64.bearer.authorization token encoding');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64url'));
  } catch {
    throw new TokenError('invalid base64.bearer.authorization token');
  }
}

/** The token among the protocols of a WebSocket; undefined when there is none. @throws TokenError when it is said in a wrong way. */
export function websocketToken(headers: Headers): string | undefined {
  if (header(headers, 'upgrade')?.toLowerCase() !== 'websocket' || !asksUpgrade(headers)) return undefined;
  const protocols = headerList(headers, protocolHeader);
  const tokens = protocols.filter(protocol => protocol.startsWith(prefix));
  if (tokens.length > 1) throw new TokenError('multiple base64.bearer.authorization tokens specified');
  const token = tokens[0] === undefined ? '' : decoded(tokens[0].slice(prefix.length));
  if (token === '') return undefined;
  if (protocols.length === 1) throw new TokenError('missing additional subprotocol');
  return token;
}

/** Headers for another server, which learns no token of this one: without those among the protocols, whether they were needed or not. */
export function withoutWebsocketToken(headers: Headers): Headers {
  const protocols = headerList(headers, protocolHeader);
  const kept = protocols.filter(protocol => !protocol.startsWith(prefix));
  if (kept.length === protocols.length) return headers;
  const { [protocolHeader]: _, ...others } = headers;
  return kept.length === 0 ? others : { ...others, [protocolHeader]: kept.join(', ') };
}
