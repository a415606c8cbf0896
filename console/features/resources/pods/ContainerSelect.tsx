import { useMessages } from '../../../ui/locale.ts';
import type { Named } from './containers.ts';
import { podMessages } from './messages.data.ts';
import styles from './pods.module.css';

interface ContainerSelectProps {
  readonly containers: readonly Named[];
  readonly value: string;
  readonly onChange: (name: string) => void;
}

export function ContainerSelect({ containers, value, onChange }: ContainerSelectProps) {
  const t = useMessages(podMessages);
  return (
    <label className={styles.choice}>
      <span>{t('container')}</span>
      <select value={value} onChange={event => onChange(event.currentTarget.value)}>
        {containers.map(({ name, role }) => (
          <option key={name} value={name}>
            {role === 'main' ? name : `${name} – ${t(role)}`}
          </option>
        ))}
      </select>
    </label>
  );
}
