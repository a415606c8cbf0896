import { useTyped } from '../../ui/typed.ts';
import { withSearch } from '../../util/url-search.ts';
import { useSearch, useSetSearch } from '../place.ts';
import styles from './filter.module.css';

export interface FilterTextProps {
  /** The key in the address, which the page reads, too. */
  readonly name: string;
  readonly label: string;
}

const pauseMs = 250;

/** A filter beside the search of a table: some text, kept in the address when typing pauses. */
export function FilterText({ name, label }: FilterTextProps) {
  const setSearch = useSetSearch();
  const [typed, setTyped] = useTyped(
    useSearch()[name] ?? '',
    text => setSearch(before => withSearch(before, { [name]: text || undefined, page: undefined }), true),
    pauseMs,
  );
  return (
    <label>
      <span className="o-hidden">{label}</span>
      <input
        type="text"
        className={`o-compact ${styles.input}`}
        value={typed}
        placeholder={label}
        onChange={event => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
    </label>
  );
}
