/** What a search found: where it leads, and how it is put in order (pure). */
import type { AnswerOf } from '@orrery/platform-contract';
import type { search } from '@orrery/platform-contract/features';
import { hrefOf } from '../../util/paths.ts';
import { kindNames, quietKinds, type KindName } from '../../blocks/kinds/names.data.ts';

export type Found = AnswerOf<typeof search.find>;
export type Hit = Found['items'][number];
export type MatchField = Hit['match']['field'];

const known = new Map([...kindNames, ...quietKinds].map(kind => [kind.resource, kind]));

/** Its name and icon, where the console has them. */
export const kindOf = ({ group, resource }: Pick<Hit, 'group' | 'resource'>): KindName | undefined => {
  const kind = known.get(resource);
  return kind?.group === group ? kind : undefined;
};

/** What is more than an object of a cluster has a page of its own. */
const own: Readonly<Record<string, string>> = {
  workspaces: '/workspaces/$name',
  users: '/users/$name',
  namespaces: '/clusters/$cluster/projects/$name',
};

export function hitHref(hit: Pick<Hit, 'kind' | 'group' | 'resource' | 'name' | 'namespace'>, cluster: string): string {
  const { kind, group, resource, name, namespace } = hit;
  const page = own[kind];
  if (page !== undefined) return hrefOf(page, { cluster, name })!;
  const root = namespace ? '/clusters/$cluster/projects/$namespace' : '/clusters/$cluster';
  const place = kindOf(hit) ? resource : `resources/${group === '' ? resource : `${resource}.${group}`}`;
  return hrefOf(`${root}/${place}/$name`, { cluster, name, ...(namespace && { namespace }) })!;
}

/** What is found more than once is worth showing where it stands; a name says it itself. */
export const showsMatch = ({ name, match: { field, value } }: Hit): boolean => field !== 'name' && value !== name;

export interface HitGroup {
  readonly key: string;
  readonly cluster: string;
  readonly kind: string;
  readonly hits: readonly Hit[];
}

/** Hits by cluster and kind, each where its first stands: the best are first in the answer. */
export function groupsOf(found: readonly { readonly cluster: string; readonly hits: readonly Hit[] }[]): HitGroup[] {
  return found.flatMap(({ cluster, hits }) =>
    [...Map.groupBy(hits, ({ kind }) => kind)].map(([kind, hits]) => ({
      key: `${cluster}/${kind}`,
      cluster,
      kind,
      hits,
    })),
  );
}
