/** Everything a page gets from the platform, per cluster. One of these per tab. */
import { createClient, type Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { createPlatformClient, inCluster, type PlatformClient } from '@orrery/platform-contract';
import { oauth, platform } from '@orrery/platform-contract/features';
import { streamPath } from '@orrery/platform-contract/stream';
import { refusalOf, type Refusal } from './problems.ts';
import { gatherQuestions, type Answer, type Ask, type Question } from './questions.ts';
import { createStream, type Socket, type SocketEvents, type Stream } from './stream/manager.ts';

/** The cluster of every request that names no other. */
export const hostCluster = 'host';

export interface ClusterData {
  readonly cluster: string;
  readonly client: PlatformClient;
  /** The cluster's own API, as the user. */
  readonly native: Client;
  readonly stream: Stream;
  /** A WebSocket of one's own to a path of this origin. */
  open(path: string, events: SocketEvents): Socket;
  may(question: Question): Promise<Answer>;
}

export interface Data {
  readonly clock: Clock;
  of(cluster: string): ClusterData;
  /** Closes connections and forgets them. New ones are opened only when somebody is logged in. */
  reset(who: 'somebody' | 'nobody'): void;
}

export interface DataOptions {
  readonly transport: Handler;
  /** Opens a WebSocket to a path of this origin. */
  readonly connect: (path: string, events: SocketEvents) => Socket;
  readonly clock: Clock;
  readonly random: Random;
  /** The user must log in, or choose a password, before anything else is answered. */
  readonly refused: (refusal: Refusal) => void;
}

export function createData(options: DataOptions): Data {
  const clusters = new Map<string, ClusterData>();
  let resting = false;
  // What is still shown while one leaves asks for its data again: it gets none.
  const connect: DataOptions['connect'] = (path, events) => (resting ? silent : options.connect(path, events));
  return {
    clock: options.clock,
    of(cluster) {
      const known = clusters.get(cluster) ?? clusterData(cluster, { ...options, connect });
      clusters.set(cluster, known);
      return known;
    },
    reset(who) {
      resting = who === 'nobody';
      for (const { stream } of clusters.values()) stream.close();
      clusters.clear();
    },
  };
}

const silent: Socket = { send: () => {}, close: () => {} };

function clusterData(cluster: string, { transport, connect, clock, random, refused }: DataOptions): ClusterData {
  const plain = createPlatformClient(transport, { cluster });
  const client: PlatformClient = {
    async call(route, given) {
      try {
        return await plain.call(route, given);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal && route.id !== oauth.consoleLogin.id) refused(refusal);
        throw error;
      }
    },
  };
  const native = createClient(async request => {
    const response = await transport({ ...request, target: inCluster(request.target, cluster) });
    if (response.status === 401) refused('log-in');
    return response;
  });
  const stream = createStream({
    clock,
    random,
    connect: events => connect(inCluster(streamPath, cluster), events),
    // The answer does not matter: if the session is over, asking anything at all leads to the log-in.
    onBroken: () => void client.call(oauth.userinfo).catch(() => {}),
  });
  const ask: Ask = async questions =>
    (await client.call(platform.accessReviews, { body: { questions: questions.map(plainQuestion) } })).answers;
  return { cluster, client, native, stream, open: connect, may: gatherQuestions(ask, clock) };
}

const plainQuestion = (question: Parameters<Ask>[0][number]) =>
  question as { path?: Record<string, string> } & Record<string, never>;
