import { withSearch } from '../../util/url-search.ts';
import { useSearch, useSetSearch } from '../place.ts';

export interface FilterSelectProps {
  /** The key in the address, which the page reads, too. */
  readonly name: string;
  readonly label: string;
  /** The choice that filters nothing. */
  readonly any: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
}

/** A filter beside the search of a table: one of a few, kept in the address. */
export function FilterSelect({ name, label, any, choices }: FilterSelectProps) {
  const value = useSearch()[name] ?? '';
  const setSearch = useSetSearch();
  return (
    <label>
      <span className="o-hidden">{label}</span>
      <select
        className="o-compact"
        value={value}
        onChange={event => {
          const chosen = event.currentTarget.value || undefined;
          setSearch(before => withSearch(before, { [name]: chosen, page: undefined }));
        }}
      >
        <option value="">{any}</option>
        {choices.map(choice => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </label>
  );
}
