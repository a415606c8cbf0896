/** What a subscription holds, frame by frame (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { applyDelta, type PingFrame, type ServerFrame } from '@orrery/platform-contract/stream';

/** What a page shows of a subscription. Values that did not change stay the same values, so that nothing is drawn again for them. */
export interface LiveState {
  /** A list's page. */
  readonly page?: { readonly items: readonly KubeObject[]; readonly totalItems: number };
  /** A single object. */
  readonly object?: unknown;
  /** The single object is not there. */
  readonly gone?: true;
  readonly error?: StatusError;
}

export const nothing: LiveState = {};

export function reduce(state: LiveState, frame: Exclude<ServerFrame, PingFrame>): LiveState {
  switch (frame.type) {
    case 'page':
      return { page: { items: frame.items, totalItems: frame.totalItems } };
    case 'delta':
      return { page: { items: applyDelta(state.page?.items ?? [], frame), totalItems: frame.totalItems } };
    case 'object':
      return { object: frame.object };
    case 'gone':
      // The last sight of it stays, so that a page can say what is gone.
      return { object: state.object, gone: true };
    case 'error':
      return { ...state, error: StatusError.from(frame.status) };
  }
}
