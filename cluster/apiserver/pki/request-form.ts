/**
 * Whether bytes are a certificate signing request (PKCS #10) that its own key signed, in the words of Go's `encoding/asn1` and `crypto/x509`:
 * upstream tells them to clients.
 */
import { X509Certificate, constants, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** An element as Go's parser sees it; `start` is where its content begins in the bytes it was read from. */
interface Element {
  readonly class: number;
  readonly tag: number;
  readonly isCompound: boolean;
  readonly start: number;
  readonly end: number;
  /** Where its head begins. */
  readonly from: number;
}

class FormError extends Error {}
const syntax = (what: string): FormError => new FormError(`asn1: syntax error: ${what}`);

const tags = { integer: 2, bits: 3, identifier: 6, sequence: 16 } as const;

/** Reads the head of an element. Lengths are told before they are checked against what is there. */
function headAt(bytes: Uint8Array, from: number): Element & { readonly length: number } {
  let at = from;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw syntax('truncated tag or length');
    return byte;
  };
  const first = next();
  if ((first & 0x1f) === 0x1f) throw syntax('invalid base 128 integer');
  let length = next();
  if (length >= 0x80) {
    let digits = length & 0x7f;
    if (digits === 0) throw syntax('indefinite length found (not DER)');
    length = 0;
    for (; digits > 0; digits--) {
      if (length >= 2 ** 23) throw new FormError('asn1: structure error: length too large');
      length = length * 256 + next();
      if (length === 0) throw new FormError('asn1: structure error: superfluous leading zeros in length');
    }
    if (length < 0x80) throw new FormError('asn1: structure error: non-minimal length');
  }
  const head = { class: first >> 6, tag: first & 0x1f, isCompound: (first & 0x20) !== 0 };
  return { ...head, length, start: at, end: at + length, from };
}

const parameters =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

/** The elements within one, in order. */
class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** @param name of Go's type, as its errors tell it; without one any element will do */
  take(tag?: number, name = ''): Uint8Array {
    const { bytes } = this;
    if (this.at === bytes.length) throw syntax('sequence truncated');
    const { length, ...found } = headAt(bytes, this.at);
    const isCompound = tag === tags.sequence;
    if (tag !== undefined && (found.class !== 0 || found.tag !== tag || found.isCompound !== isCompound)) {
      const seen = `{class:${found.class} tag:${found.tag} length:${length} isCompound:${found.isCompound}}`;
      throw new FormError(
        `asn1: structure error: tags don't match (${tag} vs ${seen}) ${parameters} ${name} @${found.start}`,
      );
    }
    if (found.end > bytes.length) throw syntax('data truncated');
    this.at = found.end;
    return bytes.subarray(tag === undefined ? found.from : found.start, found.end);
  }

  /** Where the last element with its head lies. */
  whole(from: number): Uint8Array {
    return this.bytes.subarray(from, this.at);
  }
}

/** An object identifier as text. */
function identifierOf(bytes: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    const root = Math.min(2, Math.floor(value / 40));
    if (numbers.length === 0) numbers.push(root, value - 40 * root);
    else numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}

interface Parts {
  /** What is signed, with its head. */
  readonly signed: Uint8Array;
  /** The public key with its algorithm (SubjectPublicKeyInfo). */
  readonly key: Uint8Array;
  readonly algorithm: string;
  /** What stands behind the algorithm's name. */
  readonly details: Uint8Array;
  readonly signature: Uint8Array;
}

function partsOf(der: Uint8Array): Parts {
  const outer = new Reader(der);
  const request = new Reader(outer.take(tags.sequence, 'certificateRequest'));
  const content = new Reader(request.take(tags.sequence, 'tbsCertificateRequest'));
  const signed = request.whole(0);
  content.take(tags.integer, 'int');
  content.take();
  const keyFrom = content.at;
  const info = new Reader(content.take(tags.sequence, 'publicKeyInfo'));
  const key = content.whole(keyFrom);
  new Reader(info.take(tags.sequence, 'AlgorithmIdentifier')).take(tags.identifier, 'ObjectIdentifier');
  info.take(tags.bits, 'BitString');
  content.take();
  const algorithm = new Reader(request.take(tags.sequence, 'AlgorithmIdentifier'));
  const identifier = identifierOf(algorithm.take(tags.identifier, 'ObjectIdentifier'));
  const bits = request.take(tags.bits, 'BitString');
  if (bits.length === 0) throw syntax('zero length BIT STRING');
  if (outer.at < der.length) throw syntax('trailing data');
  const details = algorithm.bytes.subarray(algorithm.at);
  return { signed, key, algorithm: identifier, details, signature: bits.subarray(1) };
}

interface Algorithm {
  readonly key: 'RSA' | 'ECDSA' | 'Ed25519';
  /** Of Node's names; none where the key says it. */
  readonly hash?: string;
  readonly pss?: boolean;
  /** Too weak to be believed, by this name. */
  readonly insecure?: string;
}

const rsa = '1.2.840.113549.1.1.';
const ecdsa = '1.2.840.10045.4.';
const algorithms: Readonly<Record<string, Algorithm>> = {
  [`${rsa}4`]: { key: 'RSA', insecure: 'MD5-RSA' },
  [`${rsa}5`]: { key: 'RSA', hash: 'sha1' },
  [`${rsa}11`]: { key: 'RSA', hash: 'sha256' },
  [`${rsa}12`]: { key: 'RSA', hash: 'sha384' },
  [`${rsa}13`]: { key: 'RSA', hash: 'sha512' },
  [`${ecdsa}1`]: { key: 'ECDSA', hash: 'sha1' },
  [`${ecdsa}3.2`]: { key: 'ECDSA', hash: 'sha256' },
  [`${ecdsa}3.3`]: { key: 'ECDSA', hash: 'sha384' },
  [`${ecdsa}3.4`]: { key: 'ECDSA', hash: 'sha512' },
  '1.3.101.112': { key: 'Ed25519' },
};

/** The hash in the parameters of RSASSA-PSS, by the end of its identifier. */
const pssHashes: readonly (readonly [identifier: string, hash: string])[] = [
  ['0609608648016503040201', 'sha256'],
  ['0609608648016503040202', 'sha384'],
  ['0609608648016503040203', 'sha512'],
];

function algorithmOf({ algorithm, details }: Parts): Algorithm | undefined {
  if (algorithm !== `${rsa}10`) return algorithms[algorithm];
  const text = Buffer.from(details).toString('hex');
  const hash = pssHashes.find(([identifier]) => text.includes(identifier))?.[1];
  return hash === undefined ? undefined : { key: 'RSA', hash, pss: true };
}

const goTypes: Readonly<Record<string, string>> = {
  rsa: '*rsa.PublicKey',
  ec: '*ecdsa.PublicKey',
  ed25519: 'ed25519.PublicKey',
};
const failures = {
  RSA: 'crypto/rsa: verification error',
  ECDSA: 'x509: ECDSA verification failure',
  Ed25519: 'x509: Ed25519 verification failure',
};
const unimplemented = 'x509: cannot verify signature: algorithm unimplemented';

function signatureProblem(parts: Parts): string | undefined {
  const known = algorithmOf(parts);
  if (known === undefined) return unimplemented;
  if (known.insecure) return `x509: cannot verify signature: insecure algorithm ${known.insecure}`;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(parts.key), format: 'der', type: 'spki' });
  } catch {
    return unimplemented;
  }
  const type = goTypes[key.asymmetricKeyType ?? ''];
  if (type === undefined) return unimplemented;
  const wanted = { RSA: goTypes.rsa, ECDSA: goTypes.ec, Ed25519: goTypes.ed25519 }[known.key];
  if (type !== wanted)
    return `x509: signature algorithm specifies an ${known.key} public key, but have public key of type ${type}`;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  const how = { key, ...(known.pss && padding) };
  try {
    return verify(known.hash ?? null, parts.signed, how, parts.signature) ? undefined : failures[known.key];
  } catch {
    return failures[known.key];
  }
}

/** What is wrong with a request in DER; undefined when it is one, signed by its own key. Algorithms unknown here are not believed. */
export function requestProblem(der: Uint8Array): string | undefined {
  try {
    return signatureProblem(partsOf(der));
  } catch (error) {
    if (error instanceof FormError) return error.message;
    throw error;
  }
}

/** What lies in the first block of a PEM text. */
export function firstBlock(pem: string): Uint8Array {
  const body = /-----BEGIN [^-]+-----([^-]*)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(body.replace(/^[^\n]*:.*$/gm, ''), 'base64');
}

/** What is wrong with a certificate in DER; undefined when it can be read. */
export function certificateProblem(der: Uint8Array): string | undefined {
  try {
    void new X509Certificate(Buffer.from(der));
    return undefined;
  } catch {
    return 'x509: malformed certificate';
  }
}
