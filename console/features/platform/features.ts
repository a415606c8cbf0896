/** The platform's features by the words that people have for them (pure). */
import { messages } from './messages.data.ts';
import type { MessageKey } from '../../util/messages.ts';

export type FeatureKey = Extract<MessageKey<typeof messages>, `feature_${string}`>;

/** The text for a feature, or its bare name when it is one that this console does not know: somebody else's. */
export function featureWord(name: string): { readonly key: FeatureKey } | { readonly name: string } {
  const key = `feature_${name}`;
  return Object.hasOwn(messages.texts, key) ? { key: key as FeatureKey } : { name };
}
