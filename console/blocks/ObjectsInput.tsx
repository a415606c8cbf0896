import { useState } from 'react';
import { TagsInput } from '@mantine/core';
import { useChoices, type ChoicesProps } from './useChoices.tsx';

export interface ObjectsInputProps extends ChoicesProps {
  readonly values: readonly string[];
  readonly onChange: (names: string[]) => void;
}

/** Names of several things that exist: typed and ended with Enter or a comma, or chosen from what the server finds. */
export function ObjectsInput({ values, onChange, ...choices }: ObjectsInputProps) {
  const { label, description, error } = choices;
  const [typed, setTyped] = useState('');
  const { names, list } = useChoices(choices, typed);
  return (
    <TagsInput
      {...{ label, description, error }}
      {...list}
      value={[...values]}
      onChange={given => onChange([...new Set(given.map(each => each.trim()).filter(each => each !== ''))])}
      searchValue={typed}
      onSearchChange={setTyped}
      data={names.filter(each => !values.includes(each))}
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      // Opened by typing alone: what is chosen stays in sight.
      dropdownOpened={typed !== ''}
    />
  );
}
