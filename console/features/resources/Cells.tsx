import { Link } from '@tanstack/react-router';
import { TextCell } from '../../blocks/cells.tsx';
import { useCluster } from '../../data/context.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useText } from '../../ui/locale.ts';
import type { State } from './kinds/state.ts';
import type { Cell, Reference } from './kinds/view.ts';
import { objectHref } from './links.ts';
import styles from './resources.module.css';

/** One value of a kind's table. `namespace` is that of the object it belongs to. */
export function CellView({ cell, namespace }: { readonly cell: Cell; readonly namespace: string | undefined }) {
  const text = useText();
  if (cell === undefined || cell === '') return <TextCell>{undefined}</TextCell>;
  if (typeof cell !== 'object') return <TextCell>{String(cell)}</TextCell>;
  switch (cell.as) {
    case 'state':
      return <StateBadge state={cell.state} />;
    case 'share':
      return <Share now={cell.now} of={cell.of} />;
    case 'time':
      return <Age time={cell.time} />;
    case 'word':
      return <>{text(cell.word)}</>;
    case 'code':
      return cell.text ? <code className={styles.code}>{cell.text}</code> : <TextCell>{undefined}</TextCell>;
    case 'lines':
      return <Lines lines={cell.lines} />;
    case 'links':
      return cell.links.length > 0 ? (
        cell.links.map(link => <ObjectLink key={link.name} to={link} namespace={namespace} />)
      ) : (
        <TextCell>{undefined}</TextCell>
      );
  }
}

export function StateBadge({ state: { tone, word, reason } }: { readonly state: State }) {
  const text = useText();
  return (
    <span title={reason}>
      <Badge tone={tone}>{text(word)}</Badge>
    </span>
  );
}

const linesMax = 2;

function Lines({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return <TextCell>{undefined}</TextCell>;
  return (
    <span className={styles.lines} title={lines.join('\n')}>
      {lines.slice(0, linesMax).map((line, index) => (
        <span key={index}>{line}</span>
      ))}
      {lines.length > linesMax && <small>+{lines.length - linesMax}</small>}
    </span>
  );
}

/** How many of how many, with a bar for the eye. */
function Share({ now, of }: { readonly now: number; readonly of: number }) {
  return (
    <span className={styles.share} data-full={now >= of || undefined}>
      <span>
        {now} / {of}
      </span>
      <meter value={now} max={Math.max(of, 1)} aria-hidden="true" />
    </span>
  );
}

export function ObjectLink({ to, namespace }: { readonly to: Reference; readonly namespace: string | undefined }) {
  const cluster = useCluster();
  const place = to.namespace ?? namespace;
  return (
    <Link
      to={objectHref(to.resource, to.name, { cluster, ...(place && { namespace: place }) })}
      className={styles.link}
    >
      {to.name}
    </Link>
  );
}
