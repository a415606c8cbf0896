import { useState, type ReactNode } from 'react';
import { TagsInput } from '@mantine/core';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { useAccess, useCall } from '../data/calls.ts';
import { useSettled } from '../ui/time.ts';
import type { Params } from '../util/paths.ts';

export interface ObjectsInputProps {
  readonly label: string;
  readonly description?: ReactNode;
  /** Lists what there is to choose from. Who may not list types the names. */
  readonly route: AnyRoute;
  readonly path?: Params;
  readonly values: readonly string[];
  readonly onChange: (names: string[]) => void;
  readonly error?: string;
  /** Beside a name in the list. */
  readonly hint?: (object: KubeObject) => string | undefined;
  readonly autoFocus?: boolean;
}

const shownMax = 8;
const pauseMs = 150;

/** Names of several things that exist: typed and ended with Enter or a comma, or chosen from what the server finds. */
export function ObjectsInput({ route, path, values, onChange, hint, autoFocus, ...input }: ObjectsInputProps) {
  const allowed = useAccess({ route, ...(path && { path }) })?.allowed === true;
  const [typed, setTyped] = useState('');
  const name = useSettled(typed.trim(), pauseMs);
  const query = { limit: shownMax, sortBy: 'name', ascending: 'true', ...(name && { name }) };
  const found = useCall(route, { path: path as never, query: query as never, when: allowed }).data;
  const objects = new Map(
    ((found as Page<KubeObject> | undefined)?.items ?? []).map(each => [each.metadata.name ?? '', each]),
  );
  return (
    <TagsInput
      {...input}
      value={[...values]}
      onChange={names => onChange([...new Set(names.map(each => each.trim()).filter(each => each !== ''))])}
      searchValue={typed}
      onSearchChange={setTyped}
      data={[...objects.keys()].filter(each => !values.includes(each))}
      // The server has searched.
      filter={({ options }) => options}
      renderOption={({ option }) => {
        const object = objects.get(option.value);
        const more = object && hint?.(object);
        return (
          <span>
            {option.value}
            {more && <span style={{ marginLeft: 8, color: 'var(--o-muted)' }}>{more}</span>}
          </span>
        );
      }}
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      // Opened by typing alone: what is chosen stays in sight.
      dropdownOpened={typed !== ''}
      comboboxProps={{ shadow: 'md' }}
      autoComplete="off"
      spellCheck={false}
      data-autofocus={autoFocus || undefined}
    />
  );
}
