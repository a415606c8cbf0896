/** What an explanation comes to for people (pure). */
import type { AnswerOf } from '@orrery/platform-contract';
import type { platform } from '@orrery/platform-contract/features';
import type { Question } from '../../data/questions.ts';
import type { MessageKey } from '../../util/messages.ts';
import type { whyMessages } from './messages.data.ts';

export type Explained = AnswerOf<typeof platform.accessReviews>['answers'][number];

export interface Said {
  readonly key: MessageKey<typeof whyMessages>;
  readonly values: Readonly<Record<string, string>>;
}

export const verbOf = (question: Question): string =>
  'route' in question
    ? question.route.permission.kind === 'grant'
      ? question.route.permission.verb
      : ''
    : question.verb;

/** The answer in one sentence, by what it rests on. `fallback` stands where the cluster gave no words. */
export function sentenceOf({ allowed, reason, why }: Explained, verb: string, fallback: string): Said {
  if (!why) return { key: 'unexplained', values: { reason: reason || fallback } };
  const { ground, role = '', verbs = [] } = why;
  if (allowed !== (ground === 'granted')) return { key: 'unexplained', values: { reason: reason || fallback } };
  return { key: ground, values: { role, verb, verbs: verbs.join(', ') } };
}
