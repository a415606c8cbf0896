/** Where the address leads: found by the frame, which stands around the page and not within it. */
import { useRouterState } from '@tanstack/react-router';
import type { Params } from '../../util/paths.ts';
import type { Scope } from '../../blocks/page.ts';
import type { KnownPage } from '../pages.ts';

export interface Here {
  /** None for an address that no page has. */
  readonly page: KnownPage | undefined;
  readonly scope: Scope;
  readonly params: Params;
}

/** The name in an address that a scope is called by. */
export const scopeNames: Readonly<Record<Scope, string | undefined>> = {
  platform: undefined,
  cluster: 'cluster',
  workspace: 'workspace',
  project: 'namespace',
  devops: 'devops',
};

export function useHere(pages: readonly KnownPage[]): Here {
  const matches = useRouterState({ select: state => state.matches });
  const last = matches.at(-1);
  // The frame's own match, which stands alone for addresses that no page has, has an empty path.
  const known = last?.fullPath === undefined || last.fullPath === '/' ? last?.pathname : trimmed(last.fullPath);
  const page = pages.find(({ path }) => path === known);
  return { page, scope: page?.scope ?? 'platform', params: (last?.params ?? {}) as Params };
}

const trimmed = (path: string): string => path.replace(/(.)\/$/, '$1');
