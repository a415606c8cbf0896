/** The catalogue of a scope, as the platform has it. */
import { roles } from '@orrery/platform-contract/features';
import type { Category } from '@orrery/platform-kinds/types';
import { useCall } from '../../data/calls.ts';
import type { RolePlace } from './place.ts';
import { templateOf, type Template } from './templates.ts';

/** No scope has more. */
const templatesMax = 200;
const freshMs = 60_000;

export interface Catalogue {
  /** None yet while they are on their way. */
  readonly templates: readonly Template[] | undefined;
  readonly categories: readonly Category[];
  readonly error: Error | null;
}

export function useCategories(): { readonly categories: readonly Category[]; readonly error: Error | null } {
  const { data, error } = useCall(roles.categories, { query: { limit: templatesMax }, freshMs });
  return { categories: data?.items ?? [], error };
}

export function useCatalogue({ scope }: Pick<RolePlace, 'scope'>): Catalogue {
  const query = { scope, limit: templatesMax } as never;
  const { data, error } = useCall(roles.templates, { query, freshMs });
  const categories = useCategories();
  return {
    templates: data?.items.map(templateOf),
    categories: categories.categories,
    error: error ?? categories.error,
  };
}

/** By name, a right in each template that the user cannot give here because he does not have it. */
export function useMissing({ scope, path }: Pick<RolePlace, 'scope' | 'path'>): Readonly<Record<string, string>> {
  return useCall(roles.missingTemplates, { query: { scope, ...path } }).data?.templates ?? {};
}
