/** Reading once and writing, each with one shape. */
import { QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { StatusError } from '@orrery/machinery/status';
import type { AnswerOf, AnyRoute, CallOptions } from '@orrery/platform-contract';
import { platform } from '@orrery/platform-contract/features';
import { useClusterData } from './context.ts';
import { needsNoAnswer, wireOf, type Answer, type Question } from './questions.ts';

/** An idle page asks nothing: answers are refreshed by what happens, not by focus, intervals or luck. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // An answer is an answer; only a missing one is asked for again, once.
        retry: (failures, error) => failures < 1 && !(error instanceof StatusError),
        retryDelay: 300,
        gcTime: 5 * 60_000,
      },
      mutations: { networkMode: 'always' },
    },
  });

export interface CallGiven<R> extends Pick<CallOptions<R>, 'path' | 'query'> {
  /** The page's cluster unless given. */
  readonly cluster?: string;
  /** False: not yet. */
  readonly when?: boolean;
  /** An answer stays good this long; zero unless given, and it is then read again by each page that opens. */
  readonly freshMs?: number;
}

export interface Call<A> {
  readonly data: A | undefined;
  readonly error: Error | null;
  /** No answer yet. */
  readonly pending: boolean;
  /** Reads it again. */
  again(): void;
}

/** The answer of a GET route, read once when the page opens and again after a write of the same feature. */
export function useCall<R extends AnyRoute>(route: R, given: CallGiven<R> = {}): Call<AnswerOf<R>> {
  const { cluster, client } = useClusterData(given.cluster);
  const { path, query, when = true, freshMs = 0 } = given;
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [cluster, route.id, path ?? {}, query ?? {}],
    queryFn: ({ signal }) => client.call(route, { path, query, signal }),
    enabled: when,
    staleTime: freshMs,
  });
  return { data, error, pending: isPending, again: () => void refetch() };
}

export interface Writing<R extends AnyRoute> {
  /** Rejects with the StatusError, which is also in `error`. */
  run(options?: CallOptions<R>): Promise<AnswerOf<R>>;
  readonly pending: boolean;
  readonly error: Error | null;
  /** Forgets the last error. */
  clear(): void;
}

/** A route that changes something. Afterwards the answers of its feature are read again where they are shown. */
export function useAction<R extends AnyRoute>(route: R, cluster?: string): Writing<R> {
  const data = useClusterData(cluster);
  const queries = useQueryClient();
  const { mutateAsync, isPending, error, reset } = useMutation({
    mutationFn: (options: CallOptions<R> | undefined) => data.client.call(route, options),
    onSuccess: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [cluster, id] }) =>
          cluster === data.cluster && typeof id === 'string' && id.startsWith(`${route.feature}.`),
      }),
  });
  return { run: options => mutateAsync(options), pending: isPending, error, clear: reset };
}

type Explained = AnswerOf<typeof platform.accessReviews>['answers'][number];

/** The answer with the binding that it rests on, about the user himself unless told otherwise. Asked anew each time. */
export function useWhy(question: Question | undefined, user?: string): Call<Explained> {
  const { cluster, client } = useClusterData();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [cluster, 'why', user ?? null, question ? wireOf(question) : null],
    queryFn: async ({ signal }) => {
      const body = { questions: [wireOf(question!) as never], why: true, ...(user && { user }) };
      return (await client.call(platform.accessReviews, { body, signal })).answers[0]!;
    },
    enabled: question !== undefined,
    gcTime: 0,
  });
  return { data, error, pending: isPending, again: () => void refetch() };
}

const accessFreshMs = 60_000;

/** The answer to each question, in their order; `undefined` while it is not known. One request for all of a page. */
export function useAccess(question: Question | undefined): Answer | undefined {
  const { cluster, may } = useClusterData();
  const asked = question !== undefined && !needsNoAnswer(question);
  const { data } = useQuery({
    queryKey: [cluster, 'access', question ? wireOf(question) : null],
    queryFn: () => may(question!),
    enabled: asked,
    staleTime: accessFreshMs,
  });
  return asked ? data : { allowed: true };
}
