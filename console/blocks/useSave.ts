/** Sending a form that stays where it is. */
import { useState } from 'react';
import { fieldProblems } from '../data/problems.ts';
import type { Fields } from '../ui/form.ts';
import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { useToasts } from '../ui/Toaster.tsx';

export interface Saving {
  readonly pending: boolean;
  /** What is wrong with the whole. */
  readonly problem?: string;
  /** Says when it is done; what is wrong with a field is shown at the field. Resolves with whether it was done. */
  run(work: () => Promise<unknown>, done?: string): Promise<boolean>;
  /** Forgets what was wrong. */
  clear(): void;
}

/** `fields` maps names of the form to paths of the object. */
export function useSave<V extends Readonly<Record<string, string>>>(
  form: Pick<Fields<V>, 'fail'>,
  fields: Readonly<Record<string, string>>,
): Saving {
  const c = useMessages(common);
  const toasts = useToasts();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    pending,
    problem,
    clear: () => setProblem(undefined),
    async run(work, done = c('saved')) {
      setPending(true);
      setProblem(undefined);
      try {
        await work();
        toasts.show({ tone: 'good', title: done });
        return true;
      } catch (error) {
        const { fields: wrong, rest } = fieldProblems(error, fields);
        form.fail(wrong as Partial<Record<keyof V, string>>);
        setProblem(rest);
        return false;
      } finally {
        setPending(false);
      }
    },
  };
}
