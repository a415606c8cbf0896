/** Reads certificates with Node's own parser: start-up loads no certificate library. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { CertificateFacts } from './renewal.ts';

/** The values of one attribute of a subject as Node prints it, one attribute a line. */
export function subjectValues(subject: string, attribute: string): string[] {
  const prefix = `${attribute}=`;
  return subject
    .split('\n')
    .filter(line => line.startsWith(prefix))
    .map(line => line.slice(prefix.length).replace(/\\(.)/g, '$1'));
}

const alternativeNames = (text: string | undefined, prefix: string): string[] =>
  (text ?? '')
    .split(', ')
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length));

/** Undefined when either PEM cannot be read: the pair is then made again. */
export function certificateFacts(
  certificatePem: string,
  keyPem: string,
  authorityPem: string,
): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(certificatePem);
    const authority = new X509Certificate(authorityPem);
    return {
      commonName: subjectValues(certificate.subject, 'CN')[0] ?? '',
      organizations: subjectValues(certificate.subject, 'O'),
      dnsNames: alternativeNames(certificate.subjectAltName, 'DNS:'),
      addresses: alternativeNames(certificate.subjectAltName, 'IP Address:'),
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
      trusted: certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
      keyMatches: certificate.checkPrivateKey(createPrivateKey(keyPem)),
    };
  } catch {
    return undefined;
  }
}
