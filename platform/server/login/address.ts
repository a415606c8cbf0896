/** Where a request comes from: the peer of the connection, or what trusted proxies in front say of it. */
import { headerList, type Request } from '@orrery/http';
import { contains, parseAddress, parseNetwork } from '../egress/address.ts';

/** Empty in process. The last address of `x-forwarded-for` that is no proxy of ours: those before it are anybody's words. */
export function sourceOf(
  { connection, headers }: Pick<Request, 'connection' | 'headers'>,
  proxies: readonly string[],
): string {
  const networks = proxies.flatMap(text => parseNetwork(text) ?? []);
  const isProxy = (text: string): boolean => {
    const address = parseAddress(text);
    return address !== undefined && networks.some(network => contains(network, address));
  };
  let source = connection?.remoteAddress ?? '';
  for (const hop of headerList(headers, 'x-forwarded-for').toReversed()) {
    const text = hop.trim();
    if (!isProxy(source) || parseAddress(text) === undefined) break;
    source = text;
  }
  return source;
}
