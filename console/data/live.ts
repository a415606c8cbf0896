/** What stays current while a page shows it. */
import { useCallback, useRef, useSyncExternalStore } from 'react';
import { StatusError } from '@orrery/machinery/status';
import type { AnswerOf, AnyRoute } from '@orrery/platform-contract';
import { useCall, type CallGiven } from './calls.ts';
import { useClusterData } from './context.ts';
import { nothing, type LiveState } from './stream/reduce.ts';
import { topicKey, type StreamStatus, type Topic } from './stream/manager.ts';

export interface Live<A> {
  readonly data: A | undefined;
  readonly error: Error | null;
  /** Nothing to show yet. */
  readonly pending: boolean;
  /** `data` is that of the question before: the next page is on its way. */
  readonly former: boolean;
  /** A single object that is not there any more. */
  readonly gone: boolean;
  /** The connection is away: what is shown may be old. */
  readonly down: boolean;
}

export function useStreamStatus(): StreamStatus {
  const { stream } = useClusterData();
  return useSyncExternalStore(
    useCallback(listener => stream.onStatus(listener), [stream]),
    () => stream.status,
  );
}

function useTopic(topic: Topic | undefined): LiveState {
  const { stream } = useClusterData();
  const key = topic && topicKey(topic);
  const current = useRef(topic);
  current.current = topic;
  return useSyncExternalStore(
    useCallback(
      listener => (key !== undefined && current.current ? stream.subscribe(current.current, listener) : () => {}),
      [stream, key],
    ),
    () => (topic ? stream.state(topic) : nothing),
  );
}

/**
 * The answer of a GET route that lists with a limit, or of one that answers an object, kept current over the tab's one connection. While that is
 * away the answer is read once by an ordinary request.
 */
export function useLive<R extends AnyRoute>(
  route: R,
  given: Omit<CallGiven<R>, 'cluster' | 'freshMs'> = {},
): Live<AnswerOf<R>> {
  const { path, query, when = true } = given;
  const topic: Topic = { route: route.id, path: path as Topic['path'], query: textsOf(query) };
  const live = useTopic(when ? topic : undefined);
  const status = useStreamStatus();
  const answer = (live.page ?? live.object) as AnswerOf<R> | undefined;
  const down = status === 'down';
  const once = useCall(route, { ...given, when: when && down && answer === undefined });
  const data = answer ?? once.data;
  const error = live.error ?? (data === undefined ? (live.gone ? missing : once.error) : null);
  const same = JSON.stringify([route.id, path ?? {}]);
  const last = useRef<{ same: string; data: AnswerOf<R> } | undefined>(undefined);
  if (data !== undefined && !error) last.current = { same, data };
  const former = data === undefined && !error && last.current?.same === same;
  const shown = former ? last.current?.data : data;
  return { data: shown, error, pending: shown === undefined && !error, former, gone: live.gone ?? false, down };
}

/** An object that has not been seen before it was gone. */
const missing = new StatusError(404, 'NotFound', '');

const textsOf = (query: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  );
