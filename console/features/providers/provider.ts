/** Providers as the page shows and changes them (pure). */
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { providers } from '@orrery/platform-contract/features';
import { providerTypeOf } from '@orrery/platform-contract/provider-types';
import { systemNamespace } from '@orrery/platform-kinds/names';
import type { Question } from '../../data/questions.ts';
import type { Tone } from '../../ui/Badge.tsx';

export type Provider = AnswerOf<typeof providers.configured>['providers'][number];
export type ProviderChange = BodyOf<typeof providers.change>;

export const methods = ['auto', 'manual', 'mixed', 'lookup'] as const;

/** What is wrong comes before what is chosen. */
export function stateOf({ enabled, hidden, problem }: Provider): {
  readonly key: 'on' | 'off' | 'hidden' | 'broken';
  readonly tone: Tone;
} {
  if (!enabled) return { key: 'off', tone: 'quiet' };
  if (problem !== undefined) return { key: 'broken', tone: 'bad' };
  return hidden ? { key: 'hidden', tone: 'warn' } : { key: 'on', tone: 'good' };
}

/** What people call it; a type that the platform does not know by what it calls itself. */
export const titleOf = (type: string): string => providerTypeOf(type)?.title ?? type;

/** What a provider is told stands in a Secret: it is for who may write there. */
export const describing = (verb: 'create' | 'update' | 'delete'): Question => ({
  verb,
  resource: 'secrets',
  namespace: systemNamespace,
});

export interface ProviderForm {
  readonly displayName: string;
  readonly mappingMethod: string;
  readonly enabled: boolean;
  readonly shown: boolean;
}

/** Only what is different is sent. */
export function changeOf(
  provider: Provider,
  { displayName, mappingMethod, enabled, shown }: ProviderForm,
): ProviderChange {
  const method = methods.find(known => known === mappingMethod);
  return {
    ...(displayName.trim() !== provider.displayName && { displayName: displayName.trim() }),
    ...(method && method !== provider.mappingMethod && { mappingMethod: method }),
    ...(enabled !== provider.enabled && { enabled }),
    ...(shown === provider.hidden && { hidden: !shown }),
  };
}
