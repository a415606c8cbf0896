/** Throw-away certificates for tests of TLS. */
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2099-01-01') };

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pair {
  /** A certificate for servers named localhost, 127.0.0.1 and `names` (addresses too), and equally for clients called `commonName`. */
  issue(commonName: string, names?: readonly string[]): Promise<Pair>;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

const newKeys = () =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** A certificate authority of its own. */
export async function createAuthority(commonName = 'test CA'): Promise<Authority> {
  x509.cryptoProvider.set(crypto);
  const keys = await newKeys();
  let serial = 1;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: `CN=${commonName}`,
    keys,
    serialNumber: '01',
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    cert: ca.toString('pem'),
    key: await pemOf(keys.privateKey),
    async issue(commonName, names = []) {
      const own = await newKeys();
      const cert = await x509.X509CertificateGenerator.create({
        ...validity,
        subject: `CN=${commonName}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        serialNumber: (++serial).toString(16).padStart(2, '0'),
        signingAlgorithm: algorithm,
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
            ...names.map(value => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
          ]),
        ],
      });
      return { cert: cert.toString('pem'), key: await pemOf(own.privateKey) };
    },
  };
}
