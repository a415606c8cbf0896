import type { ReactNode } from 'react';
import { Autocomplete } from '@mantine/core';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { useAccess, useCall } from '../data/calls.ts';
import { useSettled } from '../ui/time.ts';
import type { Params } from '../util/paths.ts';

export interface ObjectInputProps {
  readonly label: string;
  readonly description?: ReactNode;
  /** Lists what there is to choose from. Who may not list types the name. */
  readonly route: AnyRoute;
  readonly path?: Params;
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly error?: string;
  /** Beside a name in the list. */
  readonly hint?: (object: KubeObject) => string | undefined;
  readonly autoFocus?: boolean;
}

const shownMax = 8;
const pauseMs = 150;

/** The name of something that exists: typed, or chosen from what the server finds. */
export function ObjectInput({ route, path, value, onChange, hint, autoFocus, ...input }: ObjectInputProps) {
  const allowed = useAccess({ route, ...(path && { path }) })?.allowed === true;
  const name = useSettled(value.trim(), pauseMs);
  const query = { limit: shownMax, sortBy: 'name', ascending: 'true', ...(name && { name }) };
  const found = useCall(route, { path: path as never, query: query as never, when: allowed }).data;
  const objects = new Map(
    ((found as Page<KubeObject> | undefined)?.items ?? []).map(each => [each.metadata.name, each]),
  );
  return (
    <Autocomplete
      {...input}
      value={value}
      onChange={onChange}
      data={[...objects.keys()].filter(each => each !== undefined)}
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
      openOnFocus={false}
      comboboxProps={{ shadow: 'md' }}
      autoComplete="off"
      spellCheck={false}
      data-autofocus={autoFocus || undefined}
    />
  );
}
