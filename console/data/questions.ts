/** What the buttons of a page ask, put together into as few requests as there can be. */
import type { Clock } from '@orrery/machinery/clock';
import type { AnyRoute } from '@orrery/platform-contract';

/** May I call this route with these values, or: may I do this to that kind of object? */
export type Question =
  | { readonly route: AnyRoute; readonly path?: Readonly<Record<string, string>> }
  | {
      readonly verb: string;
      readonly resource: string;
      readonly group?: string;
      readonly subresource?: string;
      readonly namespace?: string;
      /** For a right to a part of this workspace. */
      readonly workspace?: string;
      readonly name?: string;
    };

export interface Answer {
  readonly allowed: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** As it goes on the wire. */
export type WireQuestion = Readonly<Record<string, string | Readonly<Record<string, string>> | undefined>>;
export type Ask = (questions: readonly WireQuestion[]) => Promise<readonly Answer[]>;

/** The server answers no more at once. */
const questionsMax = 100;
/** All components of a page are mounted within one turn; this only has to be longer than that. */
const gatherMs = 4;

export const wireOf = (question: Question): WireQuestion =>
  'route' in question ? { route: question.route.id, ...(question.path && { path: question.path }) } : question;

/** Known without asking: whoever is logged in may call it. */
export const needsNoAnswer = (question: Question): boolean =>
  'route' in question && question.route.permission.kind !== 'grant';

/** A function that answers single questions; those of one moment travel together. */
export function gatherQuestions(ask: Ask, clock: Pick<Clock, 'after'>): (question: Question) => Promise<Answer> {
  interface Waiting {
    readonly question: WireQuestion;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  const flush = () => {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += questionsMax) {
      const batch = all.slice(at, at + questionsMax);
      ask(batch.map(({ question }) => question)).then(
        answers => batch.forEach(({ resolve }, index) => resolve(answers[index] ?? { allowed: false })),
        (error: unknown) => batch.forEach(({ reject }) => reject(error)),
      );
    }
  };
  return question => {
    if (needsNoAnswer(question)) return Promise.resolve({ allowed: true });
    return new Promise((resolve, reject) => {
      if (waiting.push({ question: wireOf(question), resolve, reject }) === 1) clock.after(gatherMs, flush);
    });
  };
}
