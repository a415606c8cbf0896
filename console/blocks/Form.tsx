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

/** What is wrong with the whole of a form, told as it comes. */
export function FormProblem({ text }: { readonly text: string | undefined }) {
  if (!text) return null;
  return (
    <p className={styles.problem} role="alert">
      {text}
    </p>
  );
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
      <FormProblem text={problem} />
      <div>{button}</div>
    </form>
  );
}
