/** One real node per network namespace: its nftables table and bridge have fixed names. */
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { bridgeName } from '@orrery/embedded/layout';
import { systemClock } from '@orrery/machinery/clock';

/** How long one that is ending may keep its place. */
const endingMs = 10_000;
const answerMs = 1_000;

/**
 * Takes the place of the real node for as long as this process lives. An abstract socket belongs to the network namespace and goes
 * with the process, however it ends. Whoever has the place for the same owner, or says nothing any more, is ending: it is waited for.
 * @returns false when another owner's process has it.
 */
export async function holdRealNode(owner: string, path = '\0orrery-real-node'): Promise<boolean> {
  const deadline = systemClock.monotonic() + endingMs;
  while (!(await listens(owner, path))) {
    const holder = await holderOf(path);
    if ((holder !== '' && holder !== owner) || systemClock.monotonic() > deadline) return false;
    await systemClock.sleep(20);
  }
  return true;
}

function listens(owner: string, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      // Who asks and is gone has no use for the answer.
      socket.on('error', () => {});
      socket.end(owner);
    });
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ path }, () => {
      server.unref();
      resolve(true);
    });
  });
}

/** Who says that it has the place; empty when nobody says anything. */
function holderOf(path: string): Promise<string> {
  return new Promise(resolve => {
    let said = '';
    const socket = connect({ path, timeout: answerMs });
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.on('timeout', () => socket.destroy()).on('error', () => {});
    socket.on('close', () => resolve(said));
  });
}

/** True when this network namespace has the bridge of a real node, running or stopped. */
export const podNetworkExists = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${bridgeName}`);
