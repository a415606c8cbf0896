/** Who a node is to the cluster: whom it trusts, and the certificates it shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@orrery/client';
import { fixedCredentials, type Credentials } from '@orrery/client/node';
import type { TlsIdentity } from '@orrery/http/node';
import type { Layout } from './layout.ts';

export interface NodeIdentity {
  /** URL of the API server. */
  readonly server: string;
  /** PEM: who vouches for the API server, and for those that ask the kubelet. */
  readonly authority: string;
  readonly kubelet: Credentials;
  /** The user of proxy, DNS and overlay. */
  readonly network: Credentials;
  /** What the kubelet serves with. */
  readonly serving: ServingPair;
  /**
   * Called once the node is registered, with its own client: has the kubelet's certificate signed where it is not, and renews what ends, until
   * the signal aborts. Resolves when the kubelet has a certificate. Absent where the server writes them.
   */
  keep?(client: Client, use: (serving: ServingPair) => void, signal: AbortSignal): Promise<void>;
}

export type ServingPair = Pick<TlsIdentity, 'cert' | 'key'>;

/** The node beside its server, by the certificates that the server has written. Read at each start: they may have been renewed. */
export function ownIdentity({ server: { pki } }: Layout, nodeName: string, port: number): NodeIdentity {
  const pem = (name: string): string => readFileSync(join(pki, name), 'utf8');
  const pair = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
  return {
    server: `https://127.0.0.1:${port}`,
    authority: pem('ca.crt'),
    kubelet: fixedCredentials(pair(`node-${nodeName}`)),
    network: fixedCredentials(pair('network')),
    serving: pair(`node-${nodeName}-serving`),
  };
}
