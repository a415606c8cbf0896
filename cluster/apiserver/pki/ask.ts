/** The other side of signing requests: a machine's own key, and what it asks a certificate of an authority for. */
import { createHash, createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { certificateLibrary, newPrivateKey } from './issue.ts';

export interface Asked {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

/** PKCS #8 PEM of a new key (ECDSA, P-256). */
export const newKey = (): Promise<string> => newPrivateKey();

/** PEM of a signing request (PKCS #10) by the key. */
export async function signingRequest(keyPem: string, asked: Asked): Promise<string> {
  const x509 = await certificateLibrary();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const names = [
    ...asked.dnsNames.map(value => ({ type: 'dns' as const, value })),
    ...asked.addresses.map(value => ({ type: 'ip' as const, value })),
  ];
  const publicKey = createPublicKey(keyPem).export({ format: 'der', type: 'spki' }) as Uint8Array<ArrayBuffer>;
  const der = x509.PemConverter.decodeFirst(keyPem);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...asked.organizations.map(organization => ({ O: [organization] })), { CN: [asked.commonName] }],
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', publicKey, algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return `${request.toString('pem')}\n`;
}

/** Tells a key from others, in hexadecimal digits. */
export const keyDigest = (keyPem: string): string => digestOf(createPublicKey(keyPem));

/** The SHA-256 digest of a certificate's public key, as kubeadm pins authorities by. @throws when the PEM is none */
export const authorityDigest = (certificatePem: string): string =>
  digestOf(new X509Certificate(certificatePem).publicKey);

const digestOf = (key: ReturnType<typeof createPublicKey>): string =>
  createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }) as Uint8Array)
    .digest('hex');
