import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { withSearch } from '../util/url-search.ts';
import { hostCluster } from '../data/data.ts';
import styles from './form.module.css';
import { useSearch, useSetSearch } from './place.ts';
import { useSeenClusters } from './useOpenClusters.ts';

/** The cluster that a page over several of them shows: it is in the address. */
export const useChosenCluster = (): string => useSearch()['cluster'] ?? hostCluster;

/** Nothing where there is nothing to choose. */
export function ClusterPicker() {
  const c = useMessages(common);
  const chosen = useChosenCluster();
  const setSearch = useSetSearch();
  const { names } = useSeenClusters();
  if (names.length < 2 && names.includes(chosen)) return null;
  const all = names.includes(chosen) ? names : [chosen, ...names];
  const choose = (name: string) =>
    setSearch(before => withSearch(before, { cluster: name === hostCluster ? undefined : name, page: undefined }));
  return (
    <select
      aria-label={c('cluster')}
      className={styles.inline}
      value={chosen}
      onChange={event => choose(event.currentTarget.value)}
    >
      {all.map(name => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
