/** Short messages that come and go. A store without React, so that anything may say something. */
import type { Clock } from '@orrery/machinery/clock';

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly text?: string;
}

export interface Toasts {
  show(toast: Omit<Toast, 'id'>): void;
  dismiss(id: number): void;
  list(): readonly Toast[];
  onChange(listener: () => void): () => void;
}

const goodMs = 4000;
const toastsMax = 4;

/** Good news leaves by itself; bad news stays until it was read. */
export function createToasts(clock: Pick<Clock, 'after'>): Toasts {
  let toasts: readonly Toast[] = [];
  let last = 0;
  const listeners = new Set<() => void>();
  const set = (next: readonly Toast[]) => {
    toasts = next;
    for (const listener of listeners) listener();
  };
  const dismiss = (id: number) => set(toasts.filter(toast => toast.id !== id));
  return {
    show(toast) {
      const id = ++last;
      set([...toasts, { ...toast, id }].slice(-toastsMax));
      if (toast.tone === 'good') clock.after(goodMs, () => dismiss(id));
    },
    dismiss,
    list: () => toasts,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
