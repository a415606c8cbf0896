/** A cluster's certificates are renewed for as long as its server runs. */
import type { Pki } from '@orrery/apiserver/pki';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';

export interface RenewalOptions {
  readonly first: Pki;
  /** Reads all certificates, and writes those that are due. */
  readonly ensure: () => Promise<Pki>;
  /** Takes them up: new connections get the new ones, nothing restarts. */
  readonly use: (renewed: Pki) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const lookMsMax = 12 * 3600_000;
const lookMsMin = 60_000;

/** Until the signal aborts. What fails, as on a full disk, is tried again: there are months until a certificate ends. */
export async function keepCertificates({ first, ensure, use, clock, log, signal }: RenewalOptions): Promise<void> {
  for (let pki = first; ;) {
    await clock.sleep(Math.min(lookMsMax, Math.max(lookMsMin, pki.renewAtMs - clock.now())), signal);
    if (signal.aborted) return;
    try {
      pki = await ensure();
      use(pki);
    } catch (error) {
      log.error('certificates could not be renewed; it is tried again', { error });
    }
  }
}
