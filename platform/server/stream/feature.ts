/** The delta stream: pages and objects that stay current, over one connection per browser tab. */
import { acceptWebSocket, type WebSocketConnection } from '@orrery/http/node';
import { tooManyRequests } from '@orrery/machinery/status';
import { streamLimits } from '@orrery/platform-contract';
import { stream as routes } from '@orrery/platform-contract/features';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import { createDirt } from './dirt.ts';
import { createTexts } from './frames.ts';
import { createQueries } from './queries.ts';
import { questionOf } from './questions.ts';
import { serveDeltas } from './socket.ts';

const manifest = {
  name: 'stream',
  summary: 'Lists and objects that stay current',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

/** A tab that was closed is noticed within this. */
const retryAfterSeconds = 5;

export const stream: Feature = {
  manifest,
  start(context) {
    const { clock, log, informers, live, signal } = context;
    const queries = createQueries({ clock, log, dirt: createDirt(informers) });
    const sockets = new Map<WebSocketConnection, string>();
    const texts = createTexts(clock);
    live.onRightsLost(session => queries.recheck(session));
    signal.addEventListener('abort', () => {
      queries.close();
      for (const socket of sockets.keys()) socket.close(1001, 'the platform stops');
    });
    return {
      handlers: handlersFor(routes, {
        deltas: async ({ request, caller }) => {
          const open = [...sockets.values()].filter(user => user === caller.name).length;
          if (open >= streamLimits.socketsMax)
            throw tooManyRequests(`at most ${streamLimits.socketsMax} streams at a time`, retryAfterSeconds);
          const take = (socket: WebSocketConnection) => {
            sockets.set(socket, caller.name);
            socket.onClose(() => void sockets.delete(socket));
            serveDeltas(socket, {
              caller,
              queries,
              clock,
              texts,
              questionOf: subscribe => questionOf(context, caller, subscribe),
            });
          };
          return new RawAnswer(acceptWebSocket(request, [], take, { maxMessageBytes: streamLimits.frameBytesMax }));
        },
      }),
    };
  },
};
