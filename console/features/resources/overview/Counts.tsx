import { Link } from '@tanstack/react-router';
import { useText, useMessages } from '../../../ui/locale.ts';
import type { Tone } from '../../../ui/Badge.tsx';
import { nameOf } from '../kinds/index.ts';
import { listHref, type Where } from '../links.ts';
import { partsOf, type Count } from './counts.ts';
import { overviewMessages } from './messages.data.ts';
import styles from './overview.module.css';

interface CountsProps {
  readonly counts: Readonly<Record<string, Count>>;
  /** In their order; those that are not counted are left out. */
  readonly resources: readonly string[];
  readonly where: Where;
}

/** One tile per kind: how many, in which states, and the way there. */
export function Counts({ counts, resources, where }: CountsProps) {
  return (
    <div className={styles.tiles}>
      {resources.map(resource => {
        const count = counts[resource];
        return count && <Tile key={resource} resource={resource} count={count} where={where} />;
      })}
    </div>
  );
}

function Tile({ resource, count, where }: { readonly resource: string; readonly count: Count; readonly where: Where }) {
  const t = useMessages(overviewMessages);
  const text = useText();
  const { icon: Icon, title } = nameOf(resource, true);
  const parts = partsOf(count);
  return (
    <Link to={listHref(resource, where)} className={styles.tile}>
      <span className={styles.kind}>
        <Icon size={15} strokeWidth={1.8} />
        {text(title)}
      </span>
      <strong>{count.total}</strong>
      {parts.length > 0 && <Bar parts={parts} total={count.total} />}
      <span className={styles.states}>
        {parts.slice(0, 3).map(({ name, count, tone }) => (
          <span key={name} data-tone={tone}>
            {t(`state_${name}`, { count })}
          </span>
        ))}
      </span>
    </Link>
  );
}

const Bar = ({ parts, total }: { parts: readonly { name: string; count: number; tone: Tone }[]; total: number }) => (
  <span className={styles.bar} aria-hidden="true">
    {parts.map(({ name, count, tone }) => (
      <span key={name} data-tone={tone} style={{ flexGrow: count / Math.max(total, 1) }} />
    ))}
  </span>
);
