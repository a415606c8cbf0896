/** One real node per network namespace: its nftables table and bridge have fixed names. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { bridgeName } from '@orrery/embedded/layout';

/**
 * Takes the place of the real node for as long as this process lives. An abstract socket belongs to the network namespace and goes
 * with the process, however it ends.
 * @returns false when another process has it.
 */
export function holdRealNode(owner: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.end(owner));
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ path: '\0orrery-real-node' }, () => {
      server.unref();
      resolve(true);
    });
  });
}

/** True when this network namespace has the bridge of a real node, running or stopped. */
export const podNetworkExists = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${bridgeName}`);
