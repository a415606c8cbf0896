/** What the kinds that were found are called. */
import { useMessages, useText } from '../../ui/locale.ts';
import { kindOf, type Hit } from './hits.ts';
import { searchMessages } from './messages.data.ts';

export function useKindWord(): (hit: Pick<Hit, 'kind' | 'group' | 'resource'>) => string {
  const t = useMessages(searchMessages);
  const text = useText();
  return hit => {
    if (hit.kind === 'users' || hit.kind === 'workspaces') return t(hit.kind);
    const kind = kindOf(hit);
    return kind ? text(kind.title) : hit.kind;
  };
}
