import { useEffect, useState, type ReactNode } from 'react';
import { TextInput } from '@mantine/core';
import { problemOf } from '../data/problems.ts';
import { common } from '../ui/messages.data.ts';
import { useMessages } from '../ui/locale.ts';
import { useToasts } from '../ui/Toaster.tsx';
import { FormDialog } from './FormDialog.tsx';

export interface ConfirmDeleteProps {
  /** What is to be deleted; `undefined` while nothing is. */
  readonly name: string | undefined;
  /** What goes with it. */
  readonly consequence?: ReactNode;
  readonly close: () => void;
  /** Rejects with the error to show. */
  readonly onDelete: (name: string) => Promise<unknown>;
  readonly onDone?: () => void;
  /** Why it cannot be, besides permission. */
  readonly disabledReason?: string;
  /** Below the name. */
  readonly children?: ReactNode;
}

/** Deleting needs the name typed: it cannot happen by a slip of the hand. */
export function ConfirmDelete({
  name,
  consequence,
  close,
  onDelete,
  onDone,
  disabledReason,
  children,
}: ConfirmDeleteProps) {
  const t = useMessages(common);
  const toasts = useToasts();
  const [typed, setTyped] = useState('');
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setTyped('');
    setProblem(undefined);
  }, [name]);
  const submit = async () => {
    if (name === undefined) return;
    setPending(true);
    try {
      await onDelete(name);
      toasts.show({ tone: 'good', title: t('deleted', { name }) });
      close();
      onDone?.();
    } catch (error) {
      setProblem(problemOf(error).message);
    } finally {
      setPending(false);
    }
  };
  return (
    <FormDialog
      title={t('deleteTitle', { name: name ?? '' })}
      description={consequence}
      opened={name !== undefined}
      close={close}
      submit={t('delete')}
      danger
      blocked={typed !== name || disabledReason !== undefined}
      pending={pending}
      problem={disabledReason ?? problem}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={t('typeName', { name: name ?? '' })}
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      {children}
    </FormDialog>
  );
}
