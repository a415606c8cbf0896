import { useEffect, useRef, useState } from 'react';
import { TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Search as SearchIcon } from 'lucide-react';
import { search as routes, tenancy } from '@orrery/platform-contract/features';
import { Card, LinkRows, Stack } from '../../blocks/card/Card.tsx';
import { ObjectInput } from '../../blocks/ObjectInput.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useSearch, useSetSearch } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { rowAfter } from '../../blocks/table.ts';
import { useCall } from '../../data/calls.ts';
import { useCluster } from '../../data/context.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useSettled } from '../../ui/time.ts';
import { withSearch } from '../../util/url-search.ts';
import { kindNames } from '../../blocks/kinds/names.data.ts';
import { groupsOf, hitHref, showsMatch, type Found, type Hit } from './hits.ts';
import { searchMessages } from './messages.data.ts';
import styles from './search.module.css';
import { lettersMin } from './useFound.ts';
import { useKindWord } from './words.ts';

const shownMax = 100;
const pauseMs = 200;

/** All objects that the user may see, by any word that stands in them. What is looked for is in the address. */
export default function SearchPage() {
  const t = useMessages(searchMessages);
  const search = useSearch();
  const setSearch = useSetSearch();
  const { q: asked = '', kinds = '', workspace = '' } = search;
  const [typed, setTyped] = useState(asked);
  const told = useRef(asked);
  const words = useSettled(typed.trim(), pauseMs);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([
    ['/', () => input.current?.focus()],
    ['ArrowDown', moveAmongResults],
    ['ArrowUp', moveAmongResults],
  ]);
  useEffect(() => input.current?.focus(), []);
  // Going back, or another link, is another question.
  useEffect(() => {
    if (asked !== told.current) setTyped(asked);
    told.current = asked;
  }, [asked]);
  const set = useRef(setSearch);
  set.current = setSearch;
  useEffect(() => {
    if (words === told.current) return;
    told.current = words;
    set.current(before => withSearch(before, { q: words || undefined }), true);
  }, [words]);
  const turn = (change: Record<string, string>) => {
    const [[name, value] = ['', '']] = Object.entries(change);
    setSearch(before => withSearch(before, { [name]: value || undefined }), true);
  };
  return (
    <PageFrame title={t('title')} description={t('description')}>
      <div className={styles.bar} role="search">
        <TextInput
          ref={input}
          className={styles.words}
          label={t('words')}
          description={t('hint')}
          placeholder={t('example')}
          leftSection={<SearchIcon size={15} />}
          type="search"
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
          onKeyDown={event => event.key === 'ArrowDown' && moveAmongResults(event)}
          spellCheck={false}
          autoComplete="off"
        />
        <KindSelect value={kinds} onChange={value => turn({ kinds: value })} />
        <ObjectInput
          label={t('workspace')}
          route={tenancy.workspaces}
          value={workspace}
          onChange={value => turn({ workspace: value })}
        />
      </div>
      <Results words={asked} kinds={kinds} workspace={workspace} />
    </PageFrame>
  );
}

function KindSelect({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const t = useMessages(searchMessages);
  const text = useText();
  const known = [
    { value: 'workspaces', title: t('workspaces') },
    { value: 'users', title: t('users') },
    ...kindNames.map(({ resource, title }) => ({ value: resource, title: text(title) })),
  ];
  const other = value !== '' && !known.some(each => each.value === value) ? [{ value, title: value }] : [];
  return (
    <SelectField
      label={t('kind')}
      choices={[{ value: '', title: t('anyKind') }, ...known, ...other]}
      value={value}
      onChange={onChange}
    />
  );
}

interface ResultsProps {
  readonly words: string;
  readonly kinds: string;
  readonly workspace: string;
}

function Results({ words, kinds, workspace }: ResultsProps) {
  const t = useMessages(searchMessages);
  const cluster = useCluster();
  const place = useSettled(workspace.trim(), pauseMs);
  const asks = words.length >= lettersMin;
  const query = { q: words, limit: shownMax, ...(kinds && { kinds }), ...(place && { workspace: place }) };
  const { data, error, again } = useCall(routes.find, { query, when: asks });
  const last = useRef<Found | undefined>(undefined);
  if (data) last.current = data;
  if (!asks) return <Notice icon={SearchIcon} title={t('start')} />;
  if (error) return <Problem error={error} again={again} />;
  // What was found before stays until something else is.
  const found = data ?? last.current;
  if (!found) return null;
  if (found.items.length === 0)
    return (
      <Notice icon={SearchIcon} title={t('none', { words })}>
        {found.incomplete ? t('incomplete') : t('noneText')}
      </Notice>
    );
  return (
    <div className={styles.results} data-former={!data || undefined}>
      <p className={styles.count} role="status">
        {found.totalItems > found.items.length
          ? t('firstOnly', { shown: found.items.length, count: found.totalItems })
          : t('total', { count: found.totalItems })}
        {found.incomplete && ` ${t('incomplete')}`}
      </p>
      <Groups cluster={cluster} found={found} />
    </div>
  );
}

/** Up and down go from one result to the next. */
function moveAmongResults(event: Pick<globalThis.KeyboardEvent, 'key' | 'preventDefault'>): void {
  const links = [...document.querySelectorAll<HTMLElement>(`.${styles.results} a`)];
  const next = rowAfter(event.key, links.indexOf(document.activeElement as HTMLElement), links.length);
  if (next === undefined) return;
  event.preventDefault();
  links[next]?.focus();
}

function Groups({ cluster, found }: { readonly cluster: string; readonly found: Found }) {
  const t = useMessages(searchMessages);
  const word = useKindWord();
  const textOf = (hit: Hit) => {
    const project = hit.namespace && t('inProject', { project: hit.namespace });
    const match = showsMatch(hit) && `${t(`match_${hit.match.field}`)}: ${hit.match.value}`;
    return [project, match].filter(Boolean).join(' · ');
  };
  return (
    <Stack>
      {groupsOf([{ cluster, hits: found.items }]).map(({ key, cluster, hits }) => (
        <Card key={key} title={t('groupIn', { kind: word(hits[0]!), cluster })} aside={hits.length}>
          <LinkRows
            rows={hits.map(hit => ({
              key: hit.uid,
              href: hitHref(hit, cluster),
              title: hit.name,
              text: textOf(hit),
              aside: <Age time={hit.createTime} />,
            }))}
          />
        </Card>
      ))}
    </Stack>
  );
}
