import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { ChevronRight } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import styles from './departments.module.css';
import { messages } from './messages.data.ts';
import { movedBy, rowsOf, stepFor, titleOf, type Row, type Tree } from './tree.ts';

export interface DepartmentTreeProps {
  readonly tree: Tree;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
  readonly onMove: (name: string, parent: string) => void;
}

const none: ReadonlySet<string> = new Set();

/** What has the focus is what is shown beside the tree. */
export function DepartmentTree({ tree, chosen, onChoose, onMove }: DepartmentTreeProps) {
  const t = useMessages(messages);
  const [closed, setClosed] = useState(none);
  const list = useRef<HTMLUListElement>(null);
  const follow = useRef(false);
  const rows = rowsOf(tree, closed);
  const current = rows.find(({ name }) => name === chosen)?.name ?? rows[0]?.name;
  useEffect(() => {
    if (follow.current) list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    follow.current = false;
  });
  const turn = (name: string) => {
    const next = new Set(closed);
    if (!next.delete(name)) next.add(name);
    setClosed(next);
  };
  const onKey = (event: KeyboardEvent, name: string) => {
    const parent = event.altKey ? movedBy(event.key, name, tree) : undefined;
    const step = event.altKey ? undefined : stepFor(event.key, name, rows, tree);
    // With Alt an arrow would leave the page.
    if (step || (event.altKey && event.key.startsWith('Arrow'))) event.preventDefault();
    follow.current = step !== undefined || parent !== undefined;
    if (parent !== undefined) onMove(name, parent);
    if (step && 'go' in step) onChoose(step.go);
    if (step && 'turn' in step) turn(step.turn);
  };
  return (
    <ul ref={list} role="tree" aria-label={t('departments')} className={styles.tree}>
      {rows.map(row => (
        <Item
          key={row.name}
          row={row}
          title={titleOf(tree.all.get(row.name)!)}
          current={row.name === current}
          onChoose={() => onChoose(row.name)}
          onTurn={() => turn(row.name)}
          onKey={event => onKey(event, row.name)}
        />
      ))}
    </ul>
  );
}

interface ItemProps {
  readonly row: Row;
  readonly title: string;
  readonly current: boolean;
  readonly onChoose: () => void;
  readonly onTurn: () => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

function Item({ row: { name, level, open, position, count }, title, current, onChoose, onTurn, onKey }: ItemProps) {
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-expanded={open}
      aria-posinset={position}
      aria-setsize={count}
      aria-selected={current}
      tabIndex={current ? 0 : -1}
      title={name}
      style={{ '--level': level } as object}
      onClick={onChoose}
      onKeyDown={onKey}
    >
      {open === undefined ? (
        <span className={styles.turn} />
      ) : (
        <ChevronRight
          className={styles.turn}
          data-open={open || undefined}
          aria-hidden="true"
          onClick={event => {
            event.stopPropagation();
            onTurn();
          }}
        />
      )}
      {title}
    </li>
  );
}
