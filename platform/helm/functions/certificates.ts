/** sprig: certificates. The library is loaded here, when one has to be made, and nowhere else. */
import { createPrivateKey, createPublicKey, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { GoObject, ValueError, type Value } from '../template/values.ts';
import { smallOf } from './cast.ts';
import { newKey, pemOf } from './cryptography.ts';
import { bytesOf64 } from './encoding.ts';

class Certificate extends GoObject {
  readonly typeName = 'sprig.certificate';
  readonly cert: string;
  readonly key: string;

  constructor(cert: string, key: string) {
    super();
    this.cert = cert;
    this.key = key;
  }

  override field(name: string): Value | undefined {
    return name === 'Cert' ? this.cert : name === 'Key' ? this.key : undefined;
  }

  override text(): string {
    return `{${this.cert} ${this.key}}`;
  }

  plain(): unknown {
    return { Cert: this.cert, Key: this.key };
  }
}

interface Wish {
  readonly commonName: string;
  readonly addresses?: Value;
  readonly dnsNames?: Value;
  readonly days: Value;
  readonly isAuthority?: boolean;
  readonly key: KeyObject;
  readonly signer?: Certificate;
}

const library = async () => {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
};

function keyFrom(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ValueError(
      pem.includes('-----BEGIN')
        ? 'parsing private key: the key cannot be read'
        : 'parsing private key: no PEM data in input',
    );
  }
}

/** How a key signs, in the words of Web Cryptography. */
function algorithmOf(key: KeyObject) {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (key.asymmetricKeyType === 'ed25519') return { name: 'Ed25519' };
  const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType !== 'ec' || !namedCurve)
    throw new ValueError(`keys of type ${key.asymmetricKeyType} sign no certificates here`);
  return { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
}

const signing = (key: KeyObject) =>
  webcrypto.subtle.importKey(
    'pkcs8',
    key.export({ format: 'der', type: 'pkcs8' }) as Uint8Array<ArrayBuffer>,
    algorithmOf(key),
    false,
    ['sign'],
  );

const verifying = (key: KeyObject) =>
  webcrypto.subtle.importKey(
    'spki',
    createPublicKey(key).export({ format: 'der', type: 'spki' }) as Uint8Array<ArrayBuffer>,
    algorithmOf(key),
    true,
    ['verify'],
  );

function texts(list: Value | undefined, complaint: (item: Value) => string): string[] {
  if (!Array.isArray(list)) return [];
  const wrong = list.find(item => typeof item !== 'string');
  if (wrong !== undefined) throw new ValueError(complaint(wrong));
  return list as string[];
}

function alternatives({ addresses, dnsNames }: Wish) {
  const ips = texts(addresses, item => `error parsing ip: ${String(item)} is not a string`);
  const bad = ips.find(ip => isIP(ip) === 0);
  if (bad !== undefined) throw new ValueError(`error parsing ip: ${bad}`);
  const names = texts(dnsNames, item => `error processing alternate dns name: ${String(item)} is not a string`);
  return [
    ...names.map(value => ({ type: 'dns' as const, value })),
    ...ips.map(value => ({ type: 'ip' as const, value })),
  ];
}

async function issue(wish: Wish, { now, random }: CallContext): Promise<Certificate> {
  const names = alternatives(wish);
  const x509 = await library();
  const signer = wish.signer ? keyFrom(wish.signer.key) : wish.key;
  const subject = [{ CN: [wish.commonName] }];
  const serial = Buffer.from(random.bytes(16));
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const usages = x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.digitalSignature;
  const publicKey = await verifying(wish.key);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject,
    issuer: wish.signer ? new x509.X509Certificate(wish.signer.cert).subjectName : new x509.Name(subject),
    notBefore: new Date(now),
    notAfter: new Date(now + smallOf(wish.days, 1_000_000) * 86_400_000),
    signingAlgorithm: algorithmOf(signer),
    publicKey,
    signingKey: await signing(signer),
    extensions: [
      new x509.KeyUsagesExtension(wish.isAuthority ? usages | x509.KeyUsageFlags.keyCertSign : usages, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.BasicConstraintsExtension(wish.isAuthority ?? false, undefined, true),
      ...(wish.isAuthority ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)] : []),
      ...(wish.signer
        ? [await x509.AuthorityKeyIdentifierExtension.create(new x509.X509Certificate(wish.signer.cert).publicKey)]
        : []),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return new Certificate(`${certificate.toString('pem').trimEnd()}\n`, pemOf(wish.key));
}

const fresh = (context: CallContext): Promise<KeyObject> => newKey('rsa', 2048, context);

function signerOf(value: Value): Certificate {
  if (!(value instanceof Certificate)) throw new ValueError('wrong type for value; expected sprig.certificate');
  try {
    void new X509Certificate(value.cert);
  } catch {
    throw new ValueError('unable to decode certificate');
  }
  return value;
}

function custom([cert, key]: readonly Value[]): Certificate {
  const [certificate, privateKey] = [bytesOf64(cert as string).toString(), bytesOf64(key as string).toString()];
  try {
    void new X509Certificate(certificate);
  } catch {
    throw new ValueError('unable to decode certificate');
  }
  keyFrom(privateKey);
  return new Certificate(certificate, privateKey);
}

/** The arguments of a leaf: name, addresses, DNS names, days. */
const leaf = 'string, list, list, int';
const leafWish = ([name, addresses, dnsNames, days]: readonly Value[]) => ({
  commonName: name as string,
  addresses,
  dnsNames,
  days: days!,
});

export const certificates: Readonly<Record<string, TemplateFunction>> = {
  genCA: fn('string, int', async ([name, days], context) =>
    issue({ commonName: name as string, days: days!, isAuthority: true, key: await fresh(context) }, context),
  ),
  genCAWithKey: fn('string, int, string', ([name, days, key], context) =>
    issue({ commonName: name as string, days: days!, isAuthority: true, key: keyFrom(key as string) }, context),
  ),
  genSelfSignedCert: fn(leaf, async (args, context) =>
    issue({ ...leafWish(args), key: await fresh(context) }, context),
  ),
  genSelfSignedCertWithKey: fn(`${leaf}, string`, (args, context) =>
    issue({ ...leafWish(args), key: keyFrom(args[4] as string) }, context),
  ),
  genSignedCert: fn(`${leaf}, any`, async (args, context) =>
    issue({ ...leafWish(args), signer: signerOf(args[4]!), key: await fresh(context) }, context),
  ),
  genSignedCertWithKey: fn(`${leaf}, any, string`, (args, context) =>
    issue({ ...leafWish(args), signer: signerOf(args[4]!), key: keyFrom(args[5] as string) }, context),
  ),
  buildCustomCert: fn('string, string', custom),
};
