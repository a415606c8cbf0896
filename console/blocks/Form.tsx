import type { FormEvent, ReactNode } from 'react';
import styles from './form.module.css';

export interface FormProps {
  readonly onSubmit: () => void;
  /** What is wrong with the whole. */
  readonly problem?: string;
  /** The button that sends it. */
  readonly button: ReactNode;
  readonly children: ReactNode;
}

/** Fields that stand in a page rather than in a dialog. */
export function Form({ onSubmit, problem, button, children }: FormProps) {
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={send} className={styles.form} noValidate>
      {children}
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div>{button}</div>
    </form>
  );
}
