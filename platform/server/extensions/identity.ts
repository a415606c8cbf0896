/** What goes along with a request that somebody else answers: who asks, as front proxies of Kubernetes say it, and no credential of his. */
import { header, headerList, type Headers, type Request, type Response } from '@orrery/http';
import { forwardedHeaders } from '../chain/native.ts';
import { tokenCookie } from '../identity/authenticate.ts';
import { identityOf, type Caller } from '../identity/caller.ts';

/** For servers that believe whoever comes from the platform. Nobody else's word counts: what a request says of it was dropped. */
export function remoteHeaders(caller: Caller): Headers {
  const { name, groups } = identityOf(caller);
  return { 'x-remote-user': name, 'x-remote-group': [...groups, 'system:authenticated'] };
}

/** Cookies of the other side go on; ours does not. */
export function passedHeaders(request: Request, secure: boolean): Headers {
  const cookies = (header(request.headers, 'cookie') ?? '')
    .split(';')
    .map(part => part.trim())
    .filter(part => part !== '' && !part.startsWith(`${tokenCookie}=`) && !part.startsWith('__'));
  const host = header(request.headers, 'host') ?? header(request.headers, ':authority');
  return {
    ...forwardedHeaders(request.headers),
    ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
    ...(host !== undefined && { 'x-forwarded-host': host }),
    'x-forwarded-proto': secure ? 'https' : 'http',
    ...(request.connection && { 'x-forwarded-for': request.connection.remoteAddress }),
  };
}

/** Of one connection only. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding']);

/** No answer of others sets our cookie, or makes a browser ask for a password in our name. */
export function returnedHeaders(response: Response): Headers {
  const upgrades = response.status === 101;
  const listed = new Set(headerList(response.headers, 'connection').map(name => name.toLowerCase()));
  const kept = Object.entries(response.headers).filter(
    ([name]) => (upgrades || (!ofConnection.has(name) && !listed.has(name))) && name !== 'www-authenticate',
  );
  const { 'set-cookie': cookies, ...others } = Object.fromEntries(kept);
  const theirs = [cookies ?? []]
    .flat()
    .filter(cookie => !cookie.trimStart().toLowerCase().startsWith(`${tokenCookie}=`));
  return { ...others, ...(theirs.length > 0 && { 'set-cookie': theirs }), 'x-content-type-options': 'nosniff' };
}
