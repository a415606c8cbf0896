/** Policies of admission: their expressions are compiled when they are written. */
import type { ValidatingAdmissionPolicy } from '@orrery/kinds/types';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { Strategy } from '../types.ts';
import { counted, countedWithStatus, statusAlone } from './generic.ts';

export const validatingPolicyStrategy: Strategy = {
  ...countedWithStatus,
  allowUnconditionalUpdate: false,
  subresources: { status: statusAlone },
  async judge(object, old): Promise<readonly FieldError[]> {
    // The language is loaded with the first policy: few clusters have one.
    const { checkPolicy } = await import('../admission/policies/check.ts');
    const { spec } = object as ValidatingAdmissionPolicy;
    const checking = checkPolicy(spec, (old as ValidatingAdmissionPolicy | undefined)?.spec);
    for (;;) {
      const step = checking.next();
      if (step.done) return step.value;
      await new Promise<void>(resolve => setImmediate(resolve));
    }
  },
};

export const policyBindingStrategy: Strategy = { ...counted, allowUnconditionalUpdate: false };
