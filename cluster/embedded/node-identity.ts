/** Who a node is to the cluster: whom it trusts, and the certificates it shows. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pair } from '@orrery/apiserver/pki';
import type { Client } from '@orrery/client';
import type { Credentials } from '@orrery/client/node';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Layout } from './layout.ts';
import { credentialsOf, tlsOf, type ServingPair } from './shown-pair.ts';

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
  /** The machine joined a cluster elsewhere, which may send it away; otherwise it is part of its server's. */
  readonly joined: boolean;
  /**
   * Called once the node is registered, with its own client: has the kubelet's certificate signed where it is not, and uses what is renewed,
   * until the signal aborts. Resolves when the kubelet has a certificate.
   */
  keep(client: Client, use: (serving: ServingPair) => void, signal: AbortSignal): Promise<void>;
}

export interface OwnOptions {
  readonly layout: Layout;
  readonly nodeName: string;
  /** Where the server answers. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The server renews certificates with months of their life left. */
const lookMs = 600_000;

/** The node beside its server, by the certificates that the server writes and renews. */
export function ownIdentity({ layout, nodeName, port, clock, log }: OwnOptions): NodeIdentity {
  const { pki } = layout.server;
  const authority = readFileSync(join(pki, 'ca.crt'), 'utf8');
  const [kubelet, network, serving] = [`node-${nodeName}`, 'network', `node-${nodeName}-serving`].map(name =>
    writtenPair(pki, name, authority),
  ) as [WrittenPair, WrittenPair, WrittenPair];
  return {
    server: `https://127.0.0.1:${port}`,
    authority,
    joined: false,
    kubelet: credentialsOf(kubelet.present),
    network: credentialsOf(network.present),
    serving: tlsOf(serving.present()),
    keep(_, use, signal) {
      const look = (): void => {
        for (const pair of [kubelet, network, serving]) {
          if (!pair.look()) continue;
          log.info('a renewed certificate is used', { certificate: pair.name });
          if (pair === serving) use(tlsOf(pair.present()));
        }
      };
      void (async () => {
        for (; !signal.aborted; await clock.sleep(lookMs, signal)) look();
      })();
      return Promise.resolve();
    },
  };
}

interface WrittenPair {
  readonly name: string;
  present(): Pair;
  /** Reads it again; true when there is another. */
  look(): boolean;
}

/** Certificate and key are two files: what is read between the writing of one and the other is not taken. */
function writtenPair(folder: string, name: string, authority: string): WrittenPair {
  const read = (end: string): string => readFileSync(join(folder, `${name}.${end}`), 'utf8');
  const readBoth = (): Pair => ({ certificate: read('crt'), key: read('key') });
  let present = readBoth();
  return {
    name,
    present: () => present,
    look() {
      const found = orPresent(readBoth, present);
      const isNew = found.certificate !== present.certificate && isWhole(found, authority);
      if (isNew) present = found;
      return isNew;
    },
  };
}

/** A file that cannot be read just now is no reason to have no certificate. */
function orPresent(read: () => Pair, present: Pair): Pair {
  try {
    return read();
  } catch {
    return present;
  }
}

/** The certificate is of the key, and signed by the authority. */
function isWhole({ certificate, key }: Pair, authority: string): boolean {
  try {
    const found = new X509Certificate(certificate);
    return found.checkPrivateKey(createPrivateKey(key)) && found.verify(new X509Certificate(authority).publicKey);
  } catch {
    return false;
  }
}
