import type { FormEvent, ReactNode } from 'react';
import { Button, Modal } from '@mantine/core';
import { common } from '../ui/messages.data.ts';
import { useMessages } from '../ui/locale.ts';
import { FormProblem } from './Form.tsx';
import styles from './form-dialog.module.css';

export interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly opened: boolean;
  readonly close: () => void;
  /** The word on the button. */
  readonly submit: string;
  readonly danger?: boolean;
  /** Not yet: nothing to send, or the wrong name typed. */
  readonly blocked?: boolean;
  readonly pending: boolean;
  /** What is wrong with the whole. */
  readonly problem?: string;
  /** Holds a list to choose from. */
  readonly wide?: boolean;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

/** A question with a few fields. Enter sends it, Escape leaves it. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, opened, close, submit, danger, blocked, pending, problem, wide, onSubmit, children } =
    props;
  const t = useMessages(common);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!pending && !blocked) onSubmit();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      closeButtonProps={{ 'aria-label': t('close') }}
      size={wide ? 680 : 480}
    >
      <form onSubmit={send} className={styles.form} noValidate>
        {description && <p className={styles.description}>{description}</p>}
        {children}
        <FormProblem text={problem} />
        <div className={styles.buttons}>
          <Button variant="default" size="sm" onClick={close}>
            {t('cancel')}
          </Button>
          <Button type="submit" size="sm" color={danger ? 'red' : undefined} loading={pending} disabled={blocked}>
            {submit}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
