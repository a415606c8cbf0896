/** Connections to many places, kept for the next call. */
import type { SocketTransport } from '@orrery/client/node';

/** Places whose connections are kept; the one used longest ago is closed first. */
const placesMax = 200;

export interface KeptTransports {
  /** The connections to a place; made with its first use. */
  of(place: string, make: () => SocketTransport): SocketTransport;
  close(): void;
}

export function keptTransports(): KeptTransports {
  const open = new Map<string, SocketTransport>();
  const closeOldest = (): void => {
    const [place, transport] = open.entries().next().value!;
    open.delete(place);
    transport.close();
  };
  return {
    of(place, make) {
      const transport = open.get(place) ?? make();
      open.delete(place);
      open.set(place, transport);
      if (open.size > placesMax) closeOldest();
      return transport;
    },
    close: () => open.forEach(transport => transport.close()),
  };
}
