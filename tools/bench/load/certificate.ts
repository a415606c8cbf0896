/** A certificate for the empty server, which nobody checks. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';

const validMs = 24 * 3600 * 1000;

/** Writes a key and a certificate for 127.0.0.1 that vouches for itself into `directory`, valid for a day from `now`. */
export async function writeCertificate(
  directory: string,
  now: number,
): Promise<{ certificate: string; key: string; authority: string }> {
  // The library needs this first, and both are large: only who measures loads them.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=orrery-bench',
    serialNumber: '01',
    notBefore: new Date(now - validMs),
    notAfter: new Date(now + validMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const paths = { certificate: join(directory, 'floor.crt'), key: join(directory, 'floor.key') };
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  await writeFile(paths.certificate, made.toString('pem'));
  await writeFile(paths.key, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), { mode: 0o600 });
  return { ...paths, authority: paths.certificate };
}
