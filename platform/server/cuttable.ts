/** The way to the cluster, which can be cut: a cluster that answers nothing any more must not keep the platform from ending. */
import type { Handler } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';

export interface Cuttable {
  readonly handler: Handler;
  /** Whoever waits for an answer, and whoever asks from now on, is told that there is none: 503. Streams that have begun go on. */
  cut(): void;
}

const gone = (): Error =>
  new StatusError(503, 'ServiceUnavailable', 'the platform has ended, and the cluster did not answer before');

export function cuttable(cluster: Handler): Cuttable {
  const waiting = new Set<() => void>();
  let isCut = false;
  return {
    async handler(request) {
      if (isCut) throw gone();
      const { promise, reject } = Promise.withResolvers<never>();
      const leave = () => reject(gone());
      waiting.add(leave);
      try {
        return await Promise.race([cluster(request), promise]);
      } finally {
        waiting.delete(leave);
      }
    },
    cut() {
      isCut = true;
      for (const leave of waiting) leave();
    },
  };
}
