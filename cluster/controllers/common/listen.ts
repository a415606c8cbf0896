/** Handlers on shared informers that end with the component: a term of leadership must leave none behind. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Change, Informer } from '@orrery/reconciler';

export function listen<T extends KubeObject>(
  { signal }: { readonly signal: AbortSignal },
  informer: Informer<T>,
  handler: (change: Change<T>) => void,
): void {
  if (signal.aborted) return;
  const remove = informer.onChange(handler);
  signal.addEventListener('abort', remove, { once: true });
}
