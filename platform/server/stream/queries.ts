/**
 * Questions that are kept answered. Equal questions of one user are one: asked once for all who follow it, at most every 250 ms, and
 * only after something happened that may change the answer - or after a while, since rights change where nobody looks.
 */
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { StatusError, internalError } from '@orrery/machinery/status';
import type { Source } from '../feature.ts';
import { answerFrom, type Answer } from './answer.ts';
import type { Dirt } from './dirt.ts';

/** Between the end of one run and the start of the next. */
export const restMs = 250;
/** The right to an answer is looked at again after this time at the latest: looked for every third of it. */
export const recheckMs = 30_000;
/** So many are asked at a time: the rest waits, and is then asked for what is newest. */
const runsAtOnce = 4;
const longestRunMs = 30_000;

export interface Question {
  /** Equal for equal questions of the same user with the same groups, and for no others. */
  readonly key: string;
  /** A list: that there is none is a refusal, where an object may still come. */
  readonly isList: boolean;
  /** What the answer is derived from; asked for when the first answer is there. @throws StatusError. */
  sources(): readonly Source[];
  /** Asks with all checks. Rejects with a StatusError. */
  ask(signal: AbortSignal): Promise<unknown>;
}

export interface Follower {
  /** The session that follows. */
  readonly session: string;
  /** Called after every run, also when nothing changed. */
  answered(answer: Answer): void;
  /** The question was refused, now or all at once: this was the last call. */
  refused(error: StatusError): void;
}

export interface Queries {
  /** The first answer is of a run that starts after this call. Returns the end of following. */
  follow(question: Question, follower: Follower): () => void;
  /** Asks again whatever is followed by this session, or by any. */
  recheck(session?: string): void;
  close(): void;
  readonly size: number;
  /** Runs so far. */
  readonly runs: number;
}

export interface QueriesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dirt: Dirt;
}

interface Query {
  readonly question: Question;
  readonly ending: AbortController;
  /** With the number of the run after which each came. */
  readonly followers: Map<Follower, number>;
  /** Set with the first answer: whoever may not see a kind makes nobody keep a copy of it. */
  unfollow?: () => void;
  state: 'clean' | 'waiting' | 'queued' | 'running' | 'running dirty';
  timer?: Timer;
  started: number;
  notBefore: number;
  lastRun: number;
}

type Outcome = Answer | StatusError;

export function createQueries(options: QueriesOptions): Queries {
  const { clock, dirt } = options;
  const queries = new Map<string, Query>();
  const queue: Query[] = [];
  let running = 0;
  let runs = 0;

  const mark = (query: Query) => {
    if (query.state === 'running') query.state = 'running dirty';
    if (query.state !== 'clean') return;
    const wait = query.notBefore - clock.monotonic();
    if (wait <= 0) return enqueue(query);
    query.state = 'waiting';
    query.timer = clock.after(wait, () => enqueue(query));
  };
  const enqueue = (query: Query) => {
    query.state = 'queued';
    queue.push(query);
    if (running < runsAtOnce) void work();
  };
  const work = async () => {
    running++;
    // Equal questions of one moment (a page with many tiles, a log-in after an outage) are there before the first is asked.
    await clock.sleep(0);
    for (let query = queue.shift(); query; query = queue.shift()) {
      if (query.ending.signal.aborted) continue;
      await run(query);
      // Others have their turn between two long lists.
      await clock.sleep(0);
    }
    running--;
  };
  const run = async (query: Query) => {
    runs++;
    query.state = 'running';
    const number = ++query.started;
    query.lastRun = clock.monotonic();
    const answer = await askInTime(query.question, query.ending.signal, options);
    if (query.ending.signal.aborted) return;
    const isFirst = query.unfollow === undefined && !(answer instanceof StatusError);
    const outcome = isFirst ? (followSources(query) ?? answer) : answer;
    // What changed between the first answer and now was told to nobody.
    const again = isFirst || query.state === ('running dirty' as Query['state']);
    query.state = 'clean';
    query.notBefore = clock.monotonic() + restMs;
    tell(query, number, outcome);
    if (again && queries.get(query.question.key) === query) mark(query);
  };
  const followSources = (query: Query): StatusError | undefined => {
    try {
      query.unfollow = dirt.follow(query.question.sources(), () => mark(query));
      return undefined;
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
  };
  const tell = (query: Query, number: number, outcome: Outcome) => {
    for (const [follower, since] of [...query.followers]) {
      if (since >= number) continue;
      if (!(outcome instanceof StatusError)) follower.answered(outcome);
      else if (isFinal(outcome) || since === number - 1) {
        // Who never had an answer is told why; who has one keeps it while the cluster is away.
        leave(query, follower);
        follower.refused(outcome);
      }
    }
  };
  const leave = (query: Query, follower: Follower) => {
    query.followers.delete(follower);
    if (query.followers.size === 0) drop(query);
  };
  const drop = (query: Query) => {
    query.ending.abort();
    query.timer?.cancel();
    query.unfollow?.();
    if (queries.get(query.question.key) === query) queries.delete(query.question.key);
  };
  const start = (question: Question): Query => {
    const query: Query = {
      question,
      ending: new AbortController(),
      followers: new Map(),
      state: 'clean',
      started: 0,
      notBefore: 0,
      lastRun: 0,
    };
    queries.set(question.key, query);
    return query;
  };
  const old = clock.every(recheckMs / 3, () => {
    const due = clock.monotonic() - (recheckMs * 2) / 3;
    for (const query of queries.values()) if (query.lastRun <= due) mark(query);
  });
  return {
    follow(question, follower) {
      const query = queries.get(question.key) ?? start(question);
      query.followers.set(follower, query.started);
      mark(query);
      return () => leave(query, follower);
    },
    recheck(session) {
      for (const query of queries.values())
        if (session === undefined || [...query.followers.keys()].some(follower => follower.session === session))
          mark(query);
    },
    close() {
      old.cancel();
      for (const query of queries.values()) drop(query);
    },
    get size() {
      return queries.size;
    },
    get runs() {
      return runs;
    },
  };
}

/** Refusals are for good; what is the server's fault, or too much at the moment, passes. */
const isFinal = ({ code }: StatusError): boolean => code < 500 && code !== 429;

async function askInTime(question: Question, ended: AbortSignal, { clock, log }: QueriesOptions): Promise<Outcome> {
  const ending = new AbortController();
  const stop = () => ending.abort();
  ended.addEventListener('abort', stop);
  const timer = clock.after(longestRunMs, stop);
  const late = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(new StatusError(504, 'Timeout', 'no answer in time')));
  });
  try {
    return answerFrom(await Promise.race([question.ask(ending.signal), late]));
  } catch (error) {
    if (error instanceof StatusError) return error.code === 404 && !question.isList ? { kind: 'gone' } : error;
    log.error('a followed answer failed', { error });
    return internalError('see the log of the platform');
  } finally {
    timer.cancel();
    ended.removeEventListener('abort', stop);
  }
}
