/** Where objects have their pages (pure). */
import { hrefOf } from '../../util/paths.ts';
import { nameOf } from './kinds/index.ts';

export interface Where {
  readonly cluster: string;
  /** Absent for kinds of the whole cluster. */
  readonly namespace?: string;
}

/** Kinds without pages of their own share one address: `.../resources/<plural.group>`. */
export function listHref(resource: string, { cluster, namespace }: Where): string {
  const own = nameOf(resource, namespace !== undefined).version !== '';
  const root = namespace ? '/clusters/$cluster/projects/$namespace' : '/clusters/$cluster';
  return hrefOf(`${root}/${own ? '' : 'resources/'}$resource`, { cluster, resource, ...(namespace && { namespace }) })!;
}

export const objectHref = (resource: string, name: string, where: Where): string =>
  `${listHref(resource, where)}/${encodeURIComponent(name)}`;
