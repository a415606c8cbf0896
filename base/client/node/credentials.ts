/** Who a client is, possibly changing while it runs. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@orrery/machinery/clock';

/** What identifies a request: a bearer token, a client certificate (PEM), or name and password. */
export interface Credential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly basic?: { readonly username: string; readonly password: string };
}

export interface Credentials {
  /** Asked before each request; answers from memory as long as it can. Rejects when there is no way to get one. */
  current(): Promise<Credential>;
  /** The server did not know the credential (401): the next one asked for must be new. */
  expire(): void;
}

/** A credential that never changes. */
export const fixedCredentials = (credential: Credential): Credentials => ({
  current: () => Promise.resolve(credential),
  expire: () => {},
});

/** Files are renewed by whoever wrote them; client-go looks at tokens again after a minute, too. */
const fileMs = 60_000;

/** What is read from files, again every minute and after a 401: a renewed token or certificate is used without a restart. */
export function fileCredentials(read: () => Promise<Credential>, clock: Pick<Clock, 'monotonic'>): Credentials {
  let known: { credential: Promise<Credential>; until: number } | undefined;
  return {
    current() {
      if (!known || clock.monotonic() >= known.until) {
        const credential = read();
        credential.catch(() => (known = undefined));
        known = { credential, until: clock.monotonic() + fileMs };
      }
      return known.credential;
    },
    expire: () => void (known = undefined),
  };
}

/** The token in a file. */
export const tokenFileCredentials = (path: string, clock: Pick<Clock, 'monotonic'>): Credentials =>
  fileCredentials(async () => ({ token: (await readFile(path, 'utf8')).trim() }), clock);
