import { useState, type ReactNode } from 'react';
import { Button, TextInput } from '@mantine/core';
import { FilterX } from 'lucide-react';
import { kindNames } from '../../blocks/kinds/names.data.ts';
import { useSearch, useSetSearch } from '../../blocks/place.ts';
import { trailMessages } from '../../blocks/trail/messages.data.ts';
import { verbs, type AuditPlace } from '../../blocks/trail/record.ts';
import { useVerb } from '../../blocks/trail/words.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { useTyped } from '../../ui/typed.ts';
import { withSearch } from '../../util/url-search.ts';
import styles from './audit.module.css';
import { auditMessages } from './messages.data.ts';
import { cleared, filtersIn, isFiltered, levels, results, spans, type FilterName, type Span } from './trail.ts';

const pauseMs = 250;
const spanNames = Object.keys(spans) as Span[];

/** What is asked for, all of it in the address. */
export function Filters({ place }: { readonly place: AuditPlace }) {
  const t = useMessages(auditMessages);
  const w = useMessages(trailMessages);
  const verb = useVerb();
  const text = useText();
  const search = useSearch();
  const setSearch = useSetSearch();
  const filters = filtersIn(search);
  const [between, setBetween] = useState(filters.from !== undefined || filters.to !== undefined);
  const set = (change: Partial<Record<FilterName, string>>) =>
    setSearch(before => withSearch(before, { page: undefined, ...mapped(change) }), true);
  const select = (name: FilterName, label: string, any: string, choices: readonly (readonly [string, ReactNode])[]) => (
    <SelectField
      key={name}
      label={label}
      value={filters[name] ?? ''}
      onChange={value => set({ [name]: value })}
      choices={[{ value: '', title: any }, ...choices.map(([value, title]) => ({ value, title: String(title) }))]}
    />
  );
  const kinds = kindNames.map(({ resource, title }) => [resource, text(title)] as const);
  const known = kinds.some(([resource]) => resource === filters.kind) || filters.kind === undefined;
  const turnSpan = (value: string) => {
    setBetween(value === 'between');
    set({ span: value === 'between' ? '' : value, ...(value !== 'between' && { from: '', to: '' }) });
  };
  return (
    <div className={styles.filters} role="search">
      <Typed name="user" label={t('user')} set={set} />
      {select(
        'verb',
        t('verb'),
        t('anyVerb'),
        verbs.map(each => [each, verb(each)]),
      )}
      {select('kind', t('kind'), t('anyKind'), [...(known ? [] : [[filters.kind!, filters.kind!] as const]), ...kinds])}
      <Typed name="name" label={t('name')} set={set} />
      {!place.namespace && <Typed name="project" label={t('project')} set={set} />}
      {!place.workspace && !place.namespace && <Typed name="workspace" label={t('workspace')} set={set} />}
      {select(
        'result',
        t('result'),
        t('anyResult'),
        results.map(each => [each, w(`result_${each}`)]),
      )}
      {select(
        'level',
        t('level'),
        t('anyLevel'),
        levels.map(each => [each, each]),
      )}
      <SelectField
        label={t('span')}
        value={between ? 'between' : (filters.span ?? '')}
        onChange={turnSpan}
        choices={[
          { value: '', title: t('anyTime') },
          ...spanNames.map(value => ({ value, title: t(`span_${value}`) })),
          { value: 'between', title: t('between') },
        ]}
      />
      {between && <Typed name="from" label={t('from')} type="datetime-local" set={set} />}
      {between && <Typed name="to" label={t('to')} type="datetime-local" set={set} />}
      {isFiltered(search) && (
        <Button
          variant="subtle"
          size="sm"
          leftSection={<FilterX size={15} />}
          onClick={() => {
            setBetween(false);
            setSearch(cleared);
          }}
        >
          {t('clear')}
        </Button>
      )}
    </div>
  );
}

/** Empty is not in the address. */
const mapped = (change: Partial<Record<FilterName, string>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value || undefined]));

interface TypedProps {
  readonly name: FilterName;
  readonly label: string;
  readonly type?: 'datetime-local';
  readonly set: (change: Partial<Record<FilterName, string>>) => void;
}

/** Asked when typing pauses. */
function Typed({ name, label, type, set }: TypedProps) {
  const asked = filtersIn(useSearch())[name] ?? '';
  const [typed, setTyped] = useTyped(asked, text => set({ [name]: text }), pauseMs);
  return (
    <TextInput
      label={label}
      type={type}
      value={typed}
      onChange={event => setTyped(event.currentTarget.value)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
