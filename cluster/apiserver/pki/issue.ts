/** Makes keys and certificates. The library is loaded here, when something has to be made, and nowhere else. */
import { createPrivateKey, generateKeyPair, webcrypto, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '@orrery/machinery/random';
import type { CertificateWish } from './certificates.ts';
import { authorityLifetimeMs, leafLifetimeMs } from './renewal.ts';

/** A certificate and its PKCS #8 key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Machines whose clocks differ a little accept a certificate at once. */
const backdatedMs = 5 * 60_000;

/** The library of certificates, loaded when first needed. */
export const certificateLibrary = async () => {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
};

const newKey = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

/** PKCS #8 PEM of a new key. */
export const newPrivateKey = async (): Promise<string> => pem((await newKey()).privateKey);

/** An authority's key in the library's form. */
export const importSigner = (key: KeyObject) =>
  webcrypto.subtle.importKey(
    'pkcs8',
    key.export({ format: 'der', type: 'pkcs8' }) as Uint8Array<ArrayBuffer>,
    algorithm,
    false,
    ['sign'],
  );

/** A positive 127-bit number: unique without a register of serials. */
export function serialNumber(random: Random): string {
  const bytes = Uint8Array.from(random.bytes(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** A self-signed authority for {@link authorityLifetimeMs}. */
export async function issueAuthority(commonName: string, nowMs: number, random: Random): Promise<Pair> {
  const x509 = await certificateLibrary();
  const keys = await newKey();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(random),
    name: [{ CN: [commonName] }],
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(nowMs + authorityLifetimeMs),
    signingAlgorithm: algorithm,
    keys: keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) };
}

/** A certificate signed by `authority`, for {@link leafLifetimeMs} or until the authority ends. */
export async function issueCertificate(
  wish: CertificateWish,
  authority: Pair,
  nowMs: number,
  random: Random,
): Promise<Pair> {
  const x509 = await certificateLibrary();
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKey();
  const names = [
    ...wish.dnsNames.map(value => ({ type: 'dns' as const, value })),
    ...wish.addresses.map(value => ({ type: 'ip' as const, value })),
  ];
  const usages = { clientAuth: x509.ExtendedKeyUsage.clientAuth, serverAuth: x509.ExtendedKeyUsage.serverAuth };
  const organizations = wish.organizations.map(organization => ({ O: [organization] }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    subject: [...organizations, { CN: [wish.commonName] }],
    issuer: issuer.subject,
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(Math.min(nowMs + leafLifetimeMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importSigner(createPrivateKey(authority.key)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(wish.usages.map(usage => usages[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) };
}

const generate = promisify(generateKeyPair);

/** A key for service account tokens: RSA, because that is what verifiers of upstream's tokens expect (RS256). */
export async function newServiceAccountKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}
