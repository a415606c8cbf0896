/** The query of KubeSphere's first resource API (v1alpha2) in the words of the list protocol: pure. */
import type { ListQuery } from '@orrery/platform-contract';
import { badRequest } from '@orrery/machinery/status';

/**
 * `conditions=name~web,status=running`, `paging=limit=10,page=2`, `orderBy`, `reverse`. A condition with `~` is about a part of the
 * value, which names alone know. Oldest first unless reversed, as there.
 * @throws StatusError 400 for a query that is none.
 */
export function fromLegacy(search: URLSearchParams): { query: ListQuery; search: URLSearchParams } {
  const wanted = new URLSearchParams();
  for (const [name, value, isPart] of termsOf('conditions', search.get('conditions') ?? ''))
    wanted.append(name === 'name' && !isPart ? 'names' : name, value);
  const paging = Object.fromEntries(termsOf('paging', search.get('paging') ?? ''));
  const page = wholeNumber(paging['page']);
  const limit = wholeNumber(paging['limit']);
  const sortBy = search.get('orderBy') ?? undefined;
  const ascending = search.get('reverse') === 'true' ? 'false' : 'true';
  return {
    search: wanted,
    query: {
      ascending,
      ...(sortBy && { sortBy }),
      ...(page !== undefined && page > 0 && { page }),
      ...(limit !== undefined && { limit }),
    },
  };
}

function termsOf(field: string, text: string): [name: string, value: string, isPart: boolean][] {
  return text
    .split(',')
    .filter(term => term !== '')
    .map(term => {
      const [, name, operator, value] = /^([\w./-]+)([=~])(.*)$/.exec(term) ?? [];
      if (name === undefined) throw badRequest(`${field}: "${term}" is neither key=value nor key~value`);
      return [name, value!, operator === '~'];
    });
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
