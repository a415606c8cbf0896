/** How the API server reaches kubelets: by the address and port that a Node names, showing its own certificate. */
import type { Pair } from '@orrery/apiserver/pki';
import { connect, type SocketTransport } from '@orrery/client/node';
import type { Handler } from '@orrery/http';
import type { Node } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { credentialsOf } from './shown-pair.ts';

export interface KubeletAccess {
  /** PEM: who vouches for kubelets. */
  readonly authority: string;
  /** What the API server shows; asked for each connection, since it is renewed. */
  readonly identity: () => Pair;
  readonly clock: Clock;
  readonly node: (name: string) => Promise<Node | undefined>;
}

/** One connection per kubelet, kept; another is made when the Node names another place. */
export function kubeletTransports(access: KubeletAccess): { of: (nodeName: string) => Handler; close: () => void } {
  const open = new Map<string, { place: string; transport: SocketTransport }>();
  const transportTo = (nodeName: string, place: string): SocketTransport => {
    const known = open.get(nodeName);
    if (known?.place === place) return known.transport;
    known?.transport.close();
    const { authority: ca, identity, clock } = access;
    const credentials = credentialsOf(identity);
    const transport = connect({ server: place, ca, credentials, clock, serverName: nodeName });
    open.set(nodeName, { place, transport });
    return transport;
  };
  return {
    of: nodeName => async request => transportTo(nodeName, placeOf(nodeName, await access.node(nodeName)))(request),
    close: () => open.forEach(({ transport }) => transport.close()),
  };
}

/** @throws StatusError 503 while the node has no address or does not listen. */
function placeOf(name: string, node: Node | undefined): string {
  const address = node?.status?.addresses?.find(each => each.type === 'InternalIP')?.address;
  const port = node?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (!address || !port)
    throw new StatusError(
      503,
      'ServiceUnavailable',
      `no preferred addresses found for node "${name}"; known addresses: []`,
    );
  return `https://${address}:${port}`;
}
