import { Autocomplete } from '@mantine/core';
import { useChoices, type ChoicesProps } from './useChoices.tsx';

export interface ObjectInputProps extends ChoicesProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** The name of something that exists: typed, or chosen from what the server finds. */
export function ObjectInput({ value, onChange, ...choices }: ObjectInputProps) {
  const { label, description, error } = choices;
  const { names, list } = useChoices(choices, value);
  return (
    <Autocomplete
      {...{ label, description, error }}
      {...list}
      value={value}
      onChange={onChange}
      data={names}
      openOnFocus={false}
    />
  );
}
