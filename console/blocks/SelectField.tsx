import { useId } from 'react';
import { Input } from '@mantine/core';
import styles from './form.module.css';

export interface SelectFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** One of a few: the browser's own list, which every keyboard and every telephone knows. */
export function SelectField({ label, description, choices, value, onChange }: SelectFieldProps) {
  const id = useId();
  return (
    <Input.Wrapper id={id} label={label} description={description}>
      <select id={id} className={styles.select} value={value} onChange={event => onChange(event.currentTarget.value)}>
        {choices.map(choice => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </Input.Wrapper>
  );
}
