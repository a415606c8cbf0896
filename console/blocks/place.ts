/** Where one is: the page, and the cluster, workspace and project that its address names. */
import { createContext, use } from 'react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import type { Params } from '../util/paths.ts';
import { withSearch } from '../util/url-search.ts';
import type { Search } from '../util/table-search.ts';
import type { Page } from './page.ts';

export interface Place {
  readonly page: Page;
  readonly params: Params;
}

export const PlaceContext = createContext<Place | undefined>(undefined);

export function usePlace(): Place {
  const place = use(PlaceContext);
  if (!place) throw new Error('no page above this component');
  return place;
}

/** The part of the address after `?`. */
export const useSearch = (): Search => useRouterState({ select: state => state.location.search as unknown as Search });

/** Changes the address below this page. `quietly` leaves no step to go back to. */
export function useSetSearch(): (change: (search: Search) => Search, quietly?: boolean) => void {
  const navigate = useNavigate();
  return (change, quietly = false) =>
    void navigate({ to: '.', search: ((before: Search) => change(before)) as never, replace: quietly });
}

/** A dialog that the address opens (`?do=create`): it can be linked to, and back closes it. */
export function useDialog(name: string): { readonly opened: boolean; open(): void; close(): void } {
  const search = useSearch();
  const setSearch = useSetSearch();
  return {
    opened: search['do'] === name,
    open: () => setSearch(before => withSearch(before, { do: name })),
    close: () => setSearch(before => withSearch(before, { do: undefined }), true),
  };
}
