/** The native API, handed on as the user: the cluster decides, and what its answers bring to a browser cannot act there. */
import {
  asksUpgrade,
  headerList,
  isStream,
  readBody,
  type Handler,
  type Headers,
  type Request,
  type Response,
} from '@orrery/http';
import { impersonating } from '@orrery/client';
import { forbidden } from '@orrery/machinery/status';
import { identityOf, type Caller } from '../identity/caller.ts';

/** Of one connection only (RFC 9110 7.6.1), or said by us alone. */
const dropped = new Set([
  'authorization',
  'cookie',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  ':authority',
  'content-length',
  'origin',
  'forwarded',
]);
const droppedPrefixes = ['impersonate-', 'x-remote-', 'x-forwarded-', 'sec-fetch-'];
/** How browsers smuggle a bearer token through a WebSocket's handshake: ours is not for the cluster. */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** The headers that go on: without credentials, without claims of being somebody, without what `connection` lists. */
export function forwardedHeaders(headers: Headers): Headers {
  const listed = new Set(headerList(headers, 'connection').map(name => name.toLowerCase()));
  const kept = Object.entries(headers).filter(
    ([name]) =>
      !name.startsWith(':') &&
      !dropped.has(name) &&
      !listed.has(name) &&
      !droppedPrefixes.some(prefix => name.startsWith(prefix)),
  );
  const protocols = headerList(headers, 'sec-websocket-protocol').filter(name => !name.startsWith(tokenProtocol));
  return {
    ...Object.fromEntries(kept),
    ...(headers['sec-websocket-protocol'] !== undefined && { 'sec-websocket-protocol': protocols.join(', ') }),
    ...(asksUpgrade(headers) && { connection: 'Upgrade', upgrade: headers['upgrade'] }),
  };
}

/** A page that a pod serves through the proxy must not act as ours: it runs without origin, and sets no cookies. */
function guarded(response: Response): Response {
  const { 'set-cookie': _cookies, 'www-authenticate': _scheme, ...headers } = response.headers;
  return {
    ...response,
    // It is the platform's credential that the cluster does not know: nobody here need log in again (KubeSphere 4.x does the same).
    status: response.status === 401 ? 511 : response.status,
    headers: { ...headers, 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' },
  };
}

/**
 * Whoever claims to be somebody else would otherwise be answered about himself: `kubectl auth can-i --as` would tell a right that the other has not.
 * @throws StatusError 403 in the cluster's words for who may not impersonate.
 */
function refuseClaims(headers: Headers, caller: Caller): void {
  const claim = Object.keys(headers).find(name => name.startsWith('impersonate-'));
  if (claim === undefined) return;
  const [name] = headerList(headers, 'impersonate-user');
  const why = `User "${caller.name}" cannot impersonate resource "users" in API group "" at the cluster scope`;
  const what = { group: '', resource: 'users', ...(name && { name }) };
  throw forbidden(what, `${why}: through the platform everybody comes as himself`);
}

export async function forwardNative(
  cluster: Handler,
  caller: Caller,
  request: Request,
  target: string,
  id: string,
): Promise<Response> {
  const { method, body, signal } = request;
  refuseClaims(request.headers, caller);
  const as = impersonating(cluster, identityOf(caller));
  // Under this id it stands in the cluster's audit and in ours.
  const headers = { ...forwardedHeaders(request.headers), 'audit-id': id };
  const response = guarded(await as({ method, target, headers, body, signal }));
  if (method !== 'POST' || !collection.test(target) || !isStream(response.body)) return response;
  return { ...response, body: await readBody(response.body, { signal }) };
}

/** What is made there has its name in the answer, which is one object and is read whole: the audit tells of it. */
const collection = /^\/(api\/[^/?]+|apis\/[^/?]+\/[^/?]+)\/(namespaces\/[^/?]+\/)?[^/?]+(\?|$)/;
