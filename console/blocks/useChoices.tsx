import type { ReactNode } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { useAccess, useCall } from '../data/calls.ts';
import { useSettled } from '../ui/time.ts';
import type { Params } from '../util/paths.ts';

/** An input for names of what exists. */
export interface ChoicesProps {
  readonly label: string;
  readonly description?: ReactNode;
  /** Lists what there is to choose from. Who may not list types the name. */
  readonly route: AnyRoute;
  readonly path?: Params;
  readonly error?: string;
  /** Beside a name in the list. */
  readonly hint?: (object: KubeObject) => string | undefined;
  readonly autoFocus?: boolean;
}

const shownMax = 8;
const pauseMs = 150;

interface Option {
  readonly option: { readonly value: string };
}

/** What the server finds for what is typed, and how Mantine's inputs with a list show it. */
export function useChoices({ route, path, hint, autoFocus }: ChoicesProps, typed: string) {
  const allowed = useAccess({ route, ...(path && { path }) })?.allowed === true;
  const name = useSettled(typed.trim(), pauseMs);
  const query = { limit: shownMax, sortBy: 'name', ascending: 'true', ...(name && { name }) };
  const found = useCall(route, { path: path as never, query: query as never, when: allowed }).data;
  const objects = new Map(
    ((found as Page<KubeObject> | undefined)?.items ?? []).flatMap(each =>
      each.metadata.name === undefined ? [] : [[each.metadata.name, each] as const],
    ),
  );
  return {
    names: [...objects.keys()],
    list: {
      // The server has searched.
      filter: <T,>({ options }: { readonly options: T }): T => options,
      renderOption: ({ option: { value } }: Option) => {
        const object = objects.get(value);
        const more = object && hint?.(object);
        return (
          <span>
            {value}
            {more && <span style={{ marginLeft: 8, color: 'var(--o-muted)' }}>{more}</span>}
          </span>
        );
      },
      comboboxProps: { shadow: 'md' },
      autoComplete: 'off',
      spellCheck: false,
      'data-autofocus': autoFocus || undefined,
    } as const,
  };
}
