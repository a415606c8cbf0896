/** A certificate with its key as others take them. */
import type { Pair } from '@orrery/apiserver/pki';
import type { Credentials } from '@orrery/client/node';
import type { TlsIdentity } from '@orrery/http/node';

export type ServingPair = Pick<TlsIdentity, 'cert' | 'key'>;

export const tlsOf = ({ certificate, key }: Pair): { readonly cert: string; readonly key: string } => ({
  cert: certificate,
  key,
});

/** A client whose certificate is asked for with each request: another one means other connections. */
export const credentialsOf = (present: () => Pair): Credentials => ({
  current: () => Promise.resolve(tlsOf(present())),
  expire: () => {},
});
