/** One connection of the delta stream: its subscriptions, and what each of them holds. */
import type { WebSocketConnection } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { streamLimits, type ServerFrame, type Subscribe } from '@orrery/platform-contract';
import type { Caller } from '../identity/caller.ts';
import { newsOf, type Answer } from './answer.ts';
import { frameText, readFrame, type Texts } from './frames.ts';
import type { Queries, Question } from './queries.ts';

export const pingMs = 30_000;
/** A reader that takes nothing for so long is gone. */
export const stuckMs = 60_000;

export interface DeltaSocketOptions {
  readonly caller: Caller;
  readonly queries: Queries;
  readonly clock: Clock;
  /** @throws StatusError for what cannot be followed. */
  questionOf(subscribe: Subscribe): Question;
  readonly texts: Texts;
}

interface Subscription {
  /** What the client has, or has in the queue of its socket. */
  held?: Answer;
  /** What it should have: only the newest, so that a slow reader holds nobody and costs nothing. */
  wanted?: Answer;
  stop: () => void;
}

export function serveDeltas(socket: WebSocketConnection, options: DeltaSocketOptions): void {
  const { caller, queries, clock, texts } = options;
  const subscriptions = new Map<string, Subscription>();
  let blockedSince: number | undefined;

  const sendText = (text: string) => {
    if (!socket.send(text)) blockedSince ??= clock.monotonic();
  };
  const send = (frame: ServerFrame) => sendText(JSON.stringify(frame));
  const flush = (id: string, subscription: Subscription) => {
    const { wanted, held } = subscription;
    if (wanted === undefined || blockedSince !== undefined) return;
    subscription.wanted = undefined;
    const news = newsOf(held, wanted);
    subscription.held = wanted;
    if (news) sendText(frameText(id, news, texts));
  };
  const refuse = (id: string, error: StatusError) => {
    subscriptions.delete(id);
    send({ id, type: 'error', status: error.toStatus() });
  };
  const subscribe = (frame: Subscribe) => {
    const { id } = frame;
    if (subscriptions.has(id)) throw new RangeError(`the id "${id}" is in use`);
    if (subscriptions.size >= streamLimits.subscriptionsMax)
      return refuse(
        id,
        new StatusError(429, 'TooManyRequests', `at most ${streamLimits.subscriptionsMax} subscriptions`),
      );
    const subscription: Subscription = { stop: () => {} };
    let question: Question;
    try {
      question = options.questionOf(frame);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return refuse(id, error);
    }
    subscriptions.set(id, subscription);
    subscription.stop = queries.follow(question, {
      session: caller.session,
      answered(answer) {
        subscription.wanted = answer;
        flush(id, subscription);
      },
      refused: error => refuse(id, error),
    });
  };
  socket.onMessage((message, isText) => {
    try {
      if (!isText) throw new RangeError('frames are text');
      const frame = readFrame(message);
      if (frame.op === 'subscribe') return subscribe(frame);
      subscriptions.get(frame.id)?.stop();
      subscriptions.delete(frame.id);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      socket.close(1008, error.message.slice(0, 100));
    }
  });
  socket.onDrain(() => {
    blockedSince = undefined;
    for (const [id, subscription] of subscriptions) flush(id, subscription);
  });
  const ping = clock.every(pingMs, () => {
    if (blockedSince === undefined) return send({ type: 'ping' });
    if (clock.monotonic() - blockedSince >= stuckMs) socket.destroy();
  });
  socket.onClose(() => {
    ping.cancel();
    for (const { stop } of subscriptions.values()) stop();
    subscriptions.clear();
  });
}
