import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { certificateLibrary } from './issue.ts';
import { certificateProblem, firstBlock, requestProblem } from './request-form.ts';

type Algorithm = { name: string; hash?: string; namedCurve?: string } & Partial<RsaKeyGen>;
interface RsaKeyGen {
  modulusLength: number;
  publicExponent: Uint8Array;
}
type Signing = { name: string; hash?: string };
const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };

const algorithms: readonly [algorithm: Algorithm, signing: Signing, broken: string][] = [
  [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }, 'x509: ECDSA verification failure'],
  [{ name: 'ECDSA', namedCurve: 'P-384' }, { name: 'ECDSA', hash: 'SHA-384' }, 'x509: ECDSA verification failure'],
  [{ name: 'Ed25519' }, { name: 'Ed25519' }, 'x509: Ed25519 verification failure'],
  [
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...rsa },
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    'crypto/rsa: verification error',
  ],
];

async function requestOf(algorithm: Algorithm, signingAlgorithm: Signing): Promise<Uint8Array> {
  const x509 = await certificateLibrary();
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const name = 'CN=system:node:n1, O=system:nodes';
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys: keys as never,
    signingAlgorithm: signingAlgorithm as never,
  });
  return new Uint8Array(made.rawData);
}

for (const [algorithm, signing, broken] of algorithms)
  test(`a request signed with ${algorithm.name} ${algorithm.namedCurve ?? ''} is believed, and another one not`, async () => {
    const der = await requestOf(algorithm, signing);
    assert.equal(requestProblem(der), undefined);
    const changed = Uint8Array.from(der);
    const at = Buffer.from(der).indexOf('system:node:n1');
    changed[at + 13] = '2'.charCodeAt(0);
    assert.equal(requestProblem(changed), broken);
  });

/** A request of 2048 bits, signed with RSASSA-PSS and SHA-384. */
const pss =
  'MIICqjCCAV0CAQAwMDEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRcwFQYDVQQDDA5zeXN0ZW06bm9kZTpuMTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoC' +
  'ggEBAKv5mZAj+C0P08ybAg9oxXwB8UwwlYYmHr6Bq4Uk8RZINtoUhfkxsUkDUyCQU97NDj3pNvH/GHF7lpyGnPmflaJKMHCZZMFrKxoRI/ZgL4Tehp77jNFB' +
  'kIjVMyKi/1CL7vgVyuAnfR6Q16WCWAmdv6b80LACQ2o56oywjjjmsPV8D5pcmTfB4p3GOk8+mYBsVAuuJzyyL5p9Jup/SxNZErPpBim2wCy4Yk8Kh9qIGJ8y' +
  'fAH3y/qyC2rqlpbA10rsn8YVZGaul3tlYEOHmkyRgNuxS+NzIb7SfXTRqNLj0TEqwo5lpaEiz7Of8mB9i1sya96v49I6qL5cgUr9o9jaM50CAwEAAaAAMEIG' +
  'CSqGSIb3DQEBCjA1oA8wDQYJYIZIAWUDBAICBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAICBQCiBAICAM4DggEBAKrRy5cXWnG6uJKaC/OFKYva4FLq' +
  'kXRqM3aDuzEH1dGl1e+x5OkPONVbmI5OtO54PypfB4vTDLGFSqLaUbci10xLOwNENewV2yp4Z8H4rHwTDTWdfE/oD2atObRrZmI6LdNCQSUlfu14BSyAy89P' +
  'PqMI2kmFJ2nn4O4k+7P9LSIlC1pcvkzJ2pVbQMojQsGoF4sqb8TTGtt7mR+LiF1s0oPco6Uvsgwn7s2OlMu7AgixSMW5d+a1TyXj9JmlStfRkeoL2P6flfC7' +
  'IP7MXHpx1cKCJeBLC+6kd/YuiBlUX5ecTxoJwXrCVEGlJ0PIA0CrCTnPpV4HhAsxqSTV21LKHqs=';

test('a request signed with RSASSA-PSS is believed, and another one not', () => {
  const der = Uint8Array.from(Buffer.from(pss, 'base64'));
  assert.equal(requestProblem(der), undefined);
  der[Buffer.from(der).indexOf('system:node:n1')] = 'S'.charCodeAt(0);
  assert.equal(requestProblem(der), 'crypto/rsa: verification error');
});

const none =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

for (const [bytes, problem] of [
  [[], 'asn1: syntax error: sequence truncated'],
  [[0x30], 'asn1: syntax error: truncated tag or length'],
  [[0x30, 0x82, 1], 'asn1: syntax error: truncated tag or length'],
  [[0x30, 5, 1], 'asn1: syntax error: data truncated'],
  [[0x30, 0x80], 'asn1: syntax error: indefinite length found (not DER)'],
  [[0x30, 0x81, 5], 'asn1: structure error: non-minimal length'],
  [[0x30, 0], 'asn1: syntax error: sequence truncated'],
  [
    [...Buffer.from('hello')],
    `asn1: structure error: tags don't match (16 vs {class:1 tag:8 length:101 isCompound:true}) ${none} certificateRequest @2`,
  ],
  [
    [0x30, 2, 2, 0],
    `asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:0 isCompound:false}) ${none} tbsCertificateRequest @2`,
  ],
] as const)
  test(`${Buffer.from(bytes).toString('hex')} is no request`, () => {
    assert.equal(requestProblem(Uint8Array.from(bytes)), problem);
  });

test('a request that is cut, or longer than it says, is none', async () => {
  const der = await requestOf(...(algorithms[0]!.slice(0, 2) as [Algorithm, Signing]));
  assert.equal(requestProblem(der.subarray(0, -1)), 'asn1: syntax error: data truncated');
  assert.equal(requestProblem(Uint8Array.of(...der, 0)), 'asn1: syntax error: trailing data');
});

test('of a PEM text the first block is read', () => {
  const block = (text: string): string => `-----BEGIN X-----\n${btoa(text)}\n-----END X-----\n`;
  assert.equal(Buffer.from(firstBlock(`before\n${block('one')}${block('two')}`)).toString(), 'one');
});

test('what is no certificate is malformed', () => {
  assert.equal(certificateProblem(Buffer.from('hello')), 'x509: malformed certificate');
});
