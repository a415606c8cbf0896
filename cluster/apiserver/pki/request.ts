/** Certificate signing requests (PKCS #10): what they ask for, and the certificate that answers them. */
import { createPrivateKey } from 'node:crypto';
import type { Random } from '@orrery/machinery/random';
import { certificateLibrary, importSigner, serialNumber, type Pair } from './issue.ts';

/** What a request says of its future holder. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** A request granted: for what, and for how long. */
export interface Grant {
  /** PEM. */
  readonly request: string;
  /** Names of certificates.k8s.io/v1, e.g. `client auth`. */
  readonly usages: readonly string[];
  readonly lifetimeMs: number;
}

/** Upstream backdates as much: machines whose clocks differ a little accept a certificate at once. */
const backdatedMs = 5 * 60_000;

/** @throws Error when it is no signing request, or not signed by the key it names. */
export async function readRequest(pem: string): Promise<RequestFacts> {
  const x509 = await certificateLibrary();
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error('the request is not signed by its own key');
  const found = request.extensions.find(extension => extension instanceof x509.SubjectAlternativeNameExtension);
  const names = found?.names.items ?? [];
  const of = (...types: string[]) => names.filter(({ type }) => types.includes(type)).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: of('dns'),
    addresses: of('ip'),
    emails: of('email'),
    uris: of('url'),
  };
}

/** PEM of the certificate: subject and names as asked for, never beyond the end of the authority's own. */
export async function answerRequest(grant: Grant, authority: Pair, nowMs: number, random: Random): Promise<string> {
  const x509 = await certificateLibrary();
  const request = new x509.Pkcs10CertificateRequest(grant.request);
  const issuer = new x509.X509Certificate(authority.certificate);
  const flags = x509.KeyUsageFlags;
  const keyUsages: Readonly<Record<string, number>> = {
    signing: flags.digitalSignature,
    'digital signature': flags.digitalSignature,
    'content commitment': flags.nonRepudiation,
    'key encipherment': flags.keyEncipherment,
    'key agreement': flags.keyAgreement,
    'data encipherment': flags.dataEncipherment,
    'cert sign': flags.keyCertSign,
    'crl sign': flags.cRLSign,
    'encipher only': flags.encipherOnly,
    'decipher only': flags.decipherOnly,
  };
  const use = grant.usages.reduce((all, usage) => all | (keyUsages[usage] ?? 0), 0);
  const purposes = grant.usages.flatMap(usage => purposeIdentifiers[usage] ?? []);
  const names = request.extensions.find(extension => extension instanceof x509.SubjectAlternativeNameExtension);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    subject: request.subjectName,
    issuer: issuer.subject,
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(Math.min(nowMs - backdatedMs + grant.lifetimeMs, issuer.notAfter.getTime())),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: request.publicKey,
    signingKey: await importSigner(createPrivateKey(authority.key)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(use === 0 ? [] : [new x509.KeyUsagesExtension(use, true)]),
      ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names ? [names] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** Extended key usages by upstream's names (RFC 5280 section 4.2.1.12, and Microsoft's and Netscape's). */
const purposeIdentifiers: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

export type CertificateSigner = (grant: Grant) => Promise<string>;
export type RequestReader = (pem: string) => Promise<RequestFacts>;
