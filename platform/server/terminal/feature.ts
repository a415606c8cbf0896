/** Shells in containers, from the browser. */
import { acceptWebSocket, type WebSocketConnection } from '@orrery/http/node';
import { badRequest } from '@orrery/machinery/status';
import { accessOf, terminalLimits, type Grant } from '@orrery/platform-contract';
import { terminal as routes } from '@orrery/platform-contract/features';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { shellsFor } from './frames.ts';
import { say, serveTerminal } from './session.ts';

const manifest = {
  name: 'terminal',
  summary: 'Shells in containers',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

/** Rights that no binding of ours gives are looked at this often while a shell is open. */
const recheckMs = 30_000;

export const terminal: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      exec: async ({ request, caller, path, query }) => {
        const { namespace, pod } = path;
        const { container, shell } = query;
        const shells = readShells(shell);
        const take = (socket: WebSocketConnection) => {
          endWithRight(socket, context, caller, path);
          const client = context.clientOf(caller);
          serveTerminal(socket, { client, clock: context.clock, namespace, pod, container, shells });
        };
        return new RawAnswer(acceptWebSocket(request, [], take, { maxMessageBytes: terminalLimits.frameBytesMax }));
      },
    }),
  }),
};

function readShells(asked: string | undefined): readonly string[] {
  try {
    return shellsFor(asked);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

/** A terminal ends with the right to it, whoever takes that where. */
function endWithRight(
  socket: WebSocketConnection,
  context: PlatformContext,
  caller: Caller,
  path: { readonly namespace: string; readonly pod: string },
): void {
  const { clock, live, signal } = context;
  const access = accessOf(routes.exec.permission as Grant, path);
  const check = async () => {
    // While the cluster cannot be asked, its own end of the terminal is the judge.
    const decision = await decide(context.clientOf(caller), access).catch(() => undefined);
    if (decision?.allowed === false) say(socket, `the right to this terminal is gone: ${decision.reason}`);
  };
  const timer = clock.every(recheckMs, () => void check());
  const unfollow = live.onRightsLost(session => {
    if (session === undefined || session === caller.session) void check();
  });
  const stop = () => socket.close(1001, 'the platform stops');
  signal.addEventListener('abort', stop);
  socket.onClose(() => {
    timer.cancel();
    unfollow();
    signal.removeEventListener('abort', stop);
  });
}
