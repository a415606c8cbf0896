import { useState } from 'react';
import { ActionIcon, Menu } from '@mantine/core';
import { Ellipsis } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { common } from '../../ui/messages.data.ts';
import { useMessages } from '../../ui/locale.ts';
import { useAccess } from '../../data/calls.ts';
import type { Question } from '../../data/questions.ts';
import { useReason } from '../Action.tsx';
import { whyMessages } from '../why/messages.data.ts';
import { Why } from '../why/WhyLink.tsx';
import type { RowAction } from '../table.ts';
import styles from './table.module.css';

interface RowMenuProps<T> {
  readonly row: T;
  readonly actions: readonly RowAction<T>[];
}

/** What may be done is asked when the menu opens: a hundred rows need no answers that nobody looks at. */
export function RowMenu<T extends KubeObject>({ row, actions }: RowMenuProps<T>) {
  const t = useMessages(common);
  const [asked, setAsked] = useState<Question>();
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon size="sm" aria-label={t('actionsOf', { name: row.metadata.name ?? '' })}>
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {actions.map(action => (
            <Item key={action.key} action={action} row={row} onWhy={setAsked} />
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked && <Why question={asked} close={() => setAsked(undefined)} />}
    </>
  );
}

interface ItemProps<T> {
  readonly action: RowAction<T>;
  readonly row: T;
  readonly onWhy: (question: Question) => void;
}

function Item<T>({ action, row, onWhy }: ItemProps<T>) {
  const t = useMessages(whyMessages);
  const { title, icon: Icon, danger, question, disabledReason, onRun } = action;
  const asks = question?.(row);
  const reason = useReason(asks, disabledReason?.(row));
  const refused = useAccess(asks)?.allowed === false;
  return (
    <Menu.Item
      leftSection={<Icon size={14} />}
      color={danger && reason === undefined ? 'red' : undefined}
      // Mantine sets this itself, and takes what is off out of the keyboard's reach: then nobody would be told why.
      ref={element => {
        if (reason === undefined) element?.removeAttribute('aria-disabled');
        else element?.setAttribute('aria-disabled', 'true');
      }}
      className={reason === undefined ? undefined : styles.off}
      closeMenuOnClick={reason === undefined || refused}
      onClick={() => {
        if (reason === undefined) onRun(row);
        // What is off for want of a right tells more to whoever chooses it all the same.
        else if (refused && asks) onWhy(asks);
      }}
    >
      {title}
      {reason !== undefined && (
        <span className={styles.reason}>
          {reason} {refused && <u>{t('why')}</u>}
        </span>
      )}
    </Menu.Item>
  );
}
