/** Configurations of webhooks: their match conditions are compiled when they are written. */
import { isDeepStrictEqual } from 'node:util';
import type { MutatingWebhookConfiguration } from '@orrery/kinds/types';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { counted } from './generic.ts';

const conditionsOf = (configuration: KubeObject) =>
  ((configuration as MutatingWebhookConfiguration).webhooks ?? []).map(({ matchConditions }) => matchConditions ?? []);

export const webhookConfigurations: Strategy = {
  ...counted,
  allowUnconditionalUpdate: false,
  async judge(object, old): Promise<readonly FieldError[]> {
    const conditions = conditionsOf(object);
    if (conditions.every(some => some.length === 0)) return [];
    // What was accepted once stays accepted.
    if (old && isDeepStrictEqual(conditions, conditionsOf(old))) return [];
    // The language is loaded with the first expression.
    const { checkConditions } = await import('../admission/policies/check.ts');
    const errors: FieldError[] = [];
    for (const [at, some] of conditions.entries()) {
      errors.push(...checkConditions(some, `webhooks[${at}].matchConditions`));
      await new Promise<void>(resolve => setImmediate(resolve));
    }
    return errors;
  },
};
