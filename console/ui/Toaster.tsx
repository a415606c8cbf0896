import { createContext, use, useSyncExternalStore } from 'react';
import { ActionIcon } from '@mantine/core';
import { Check, TriangleAlert, X } from 'lucide-react';
import { common } from './messages.data.ts';
import { useMessages } from './locale.ts';
import styles from './toaster.module.css';
import type { Toasts } from './toasts.ts';

export const ToastContext = createContext<Toasts | undefined>(undefined);

export function useToasts(): Toasts {
  const toasts = use(ToastContext);
  if (!toasts) throw new Error('no toasts above this component');
  return toasts;
}

/** Where the messages appear. It is always there, so that screen readers tell what comes into it. */
export function Toaster() {
  const toasts = useToasts();
  const t = useMessages(common);
  const shown = useSyncExternalStore(toasts.onChange, toasts.list);
  return (
    <div className={styles.toaster} role="status" aria-live="polite">
      {shown.map(({ id, tone, title, text }) => (
        <div key={id} className={styles.toast} data-tone={tone}>
          {tone === 'good' ? <Check size={16} /> : <TriangleAlert size={16} />}
          <div className={styles.body}>
            <strong>{title}</strong>
            {text && <p>{text}</p>}
          </div>
          <ActionIcon size="sm" aria-label={t('dismiss')} onClick={() => toasts.dismiss(id)}>
            <X size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  );
}
