/** What stands in cells of many tables. */
import { Link } from '@tanstack/react-router';
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations } from '@orrery/platform-kinds/names';
import { Age } from '../ui/Age.tsx';
import styles from './cells.module.css';

/** The name as a link, with the display name below it. */
export function NameCell({ row, href }: { readonly row: KubeObject; readonly href: string | undefined }) {
  const { name = '', annotations: notes = {} } = row.metadata;
  const alias = notes[annotations.alias];
  return (
    <div className={styles.name}>
      {href ? (
        <Link to={href} tabIndex={-1} className={styles.link}>
          {name}
        </Link>
      ) : (
        <span className={styles.link}>{name}</span>
      )}
      {alias && <span className={styles.alias}>{alias}</span>}
    </div>
  );
}

export const AgeCell = ({ row }: { readonly row: KubeObject }) => <Age time={row.metadata.creationTimestamp} />;

/** A text that may be absent or long: one line of it, all of it when pointed at. */
export const TextCell = ({ children }: { readonly children: string | undefined }) =>
  children ? (
    <span className={styles.text} title={children}>
      {children}
    </span>
  ) : (
    <span className={styles.none}>–</span>
  );
