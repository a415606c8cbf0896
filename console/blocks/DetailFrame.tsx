import type { ReactNode } from 'react';
import { Tabs } from '@mantine/core';
import { useSearch, useSetSearch } from './place.ts';
import { withSearch } from '../util/url-search.ts';
import { PageFrame, type PageFrameProps } from './PageFrame.tsx';
import styles from './detail-frame.module.css';

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

export interface Tab {
  /** In the address: `?tab=events`. */
  readonly key: string;
  readonly title: string;
  readonly content: () => ReactNode;
}

export interface DetailFrameProps extends Omit<PageFrameProps, 'children'> {
  /** What one wants to know at first sight, in a row. */
  readonly facts: readonly Fact[];
  readonly tabs: readonly Tab[];
}

/** The page of one object: what it is, what can be done with it, and tabs, of which only the open one exists. */
export function DetailFrame({ facts, tabs, ...frame }: DetailFrameProps) {
  const search = useSearch();
  const setSearch = useSetSearch();
  const open = tabs.find(({ key }) => key === search['tab']) ?? tabs[0];
  return (
    <PageFrame {...frame}>
      <dl className={styles.facts}>
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Tabs
        value={open?.key ?? null}
        onChange={key =>
          // The next tab's table begins at its own beginning.
          setSearch(() => withSearch({}, { tab: key === tabs[0]?.key ? undefined : (key ?? undefined) }), true)
        }
        keepMounted={false}
      >
        <Tabs.List>
          {tabs.map(({ key, title }) => (
            <Tabs.Tab key={key} value={key}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {open && (
          <Tabs.Panel value={open.key} pt="md">
            {open.content()}
          </Tabs.Panel>
        )}
      </Tabs>
    </PageFrame>
  );
}
