/** Whether a port answers at all: whether this machine is in the network that an address is of. */
import { connect } from 'node:net';

/** Never rejects. */
export const isReachable = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
