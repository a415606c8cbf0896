/** The cluster's certificates as they should be: read, checked, and made or renewed where needed. */
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import type { AuthorityName, CertificateWish, ServingNames } from './certificates.ts';
import {
  adminCertificate,
  frontProxyCertificate,
  kubeletClientCertificate,
  nodeCertificates,
  servingCertificate,
} from './certificates.ts';
import { certificateFacts } from './facts.ts';
import { pairPaths, readText, secretDirectory, writeSecret } from './files.ts';
import type { Pair } from './issue.ts';
import { answerRequest, readRequest, type Grant, type RequestFacts } from './request.ts';
import { dueAt, renewal } from './renewal.ts';

export interface PkiOptions {
  /** Made when absent; everything in it is readable by its owner only. */
  readonly directory: string;
  readonly serving: ServingNames;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log: Log;
}

export interface Pki {
  readonly directory: string;
  /** PEM of the cluster's authority: clients trust it, and it signs clients. */
  readonly authority: string;
  readonly frontProxyAuthority: string;
  readonly serving: Pair;
  readonly kubeletClient: Pair;
  readonly frontProxyClient: Pair;
  readonly admin: Pair;
  /** PKCS #8 PEM. */
  readonly serviceAccountKey: string;
  /** The next time (milliseconds since the epoch) at which one of these is due: call {@link ensurePki} again then. */
  readonly renewAtMs: number;
  /** A further certificate of the cluster's authority: read, or made when absent, due or different. */
  certificate(wish: CertificateWish): Promise<Pair>;
  node(name: string, names: readonly string[]): Promise<{ client: Pair; serving: Pair }>;
  /** Signing requests of others, read and answered by the cluster's authority. */
  readonly requests: {
    read(pem: string): Promise<RequestFacts>;
    answer(grant: Grant): Promise<string>;
  };
}

/** The directory holds half of an authority; `message` says what to do. Nothing was changed. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
}

const issuing = () => import('./issue.ts');

const authorityNames: Record<AuthorityName, string> = { ca: 'orrery-ca', 'front-proxy-ca': 'orrery-front-proxy-ca' };

async function authority(name: AuthorityName, { directory, clock, random, log }: PkiOptions): Promise<Pair> {
  const paths = pairPaths(directory, name);
  const [certificate, key] = await Promise.all([readText(paths.certificate), readText(paths.key)]);
  if (certificate === undefined && key === undefined) {
    const { issueAuthority } = await issuing();
    const pair = await issueAuthority(authorityNames[name], clock.now(), random);
    await writeSecret(paths.key, pair.key);
    await writeSecret(paths.certificate, pair.certificate);
    return pair;
  }
  const facts = certificate && key ? certificateFacts(certificate, key, certificate) : undefined;
  if (!facts?.keyMatches || !facts.trusted)
    throw new PkiError(
      `${paths.certificate} and ${paths.key} are not a certificate with its key; restore both from a backup, ` +
        'or remove both to start a new authority (all clients then need new certificates)',
    );
  if (clock.now() >= facts.notAfter)
    throw new PkiError(`${paths.certificate} has expired; remove it and its key to start a new authority`);
  if (clock.now() >= dueAt(facts))
    log.warn('the certificate authority ends soon', { file: paths.certificate, ends: facts.notAfter });
  return { certificate: certificate!, key: key! };
}

/** Reads a pair that is as it should be, or makes it; tells when it is due. */
async function certificate(
  wish: CertificateWish,
  signer: Pair,
  options: PkiOptions,
): Promise<{ pair: Pair; dueMs: number }> {
  const { directory, clock, random, log } = options;
  const paths = pairPaths(directory, wish.name);
  const [stored, key] = await Promise.all([readText(paths.certificate), readText(paths.key)]);
  const facts = stored && key ? certificateFacts(stored, key, signer.certificate) : undefined;
  const why = facts ? renewal(facts, wish, clock.now()) : 'it does not exist';
  if (facts && !why) return { pair: { certificate: stored!, key: key! }, dueMs: dueAt(facts) };
  if (facts) log.info('certificate is issued again', { certificate: wish.name, why });
  const { issueCertificate } = await issuing();
  const pair = await issueCertificate(wish, signer, clock.now(), random);
  await writeSecret(paths.key, pair.key);
  await writeSecret(paths.certificate, pair.certificate);
  return { pair, dueMs: dueAt(certificateFacts(pair.certificate, pair.key, signer.certificate)!) };
}

async function serviceAccountKey(directory: string): Promise<string> {
  const path = join(directory, 'sa.key');
  const stored = await readText(path);
  if (stored !== undefined) return stored;
  const { newServiceAccountKey } = await issuing();
  const key = await newServiceAccountKey();
  await writeSecret(path, key);
  return key;
}

/**
 * Level-based: call it at start and again at `renewAtMs`. Authorities last ten years, the rest one; what is missing, due within
 * a quarter of its life, of another authority or with other names is made again.
 * @throws PkiError when an authority cannot be used; the system's error when the directory cannot.
 */
export async function ensurePki(options: PkiOptions): Promise<Pki> {
  await secretDirectory(options.directory);
  const signingKey = serviceAccountKey(options.directory);
  // A failure below is the one to tell; this one is awaited later and must not be unhandled until then.
  signingKey.catch(() => {});
  const [ca, frontProxy] = await Promise.all([authority('ca', options), authority('front-proxy-ca', options)]);
  const issue = (wish: CertificateWish) => certificate(wish, wish.authority === 'ca' ? ca : frontProxy, options);
  const [serving, kubeletClient, frontProxyClient, admin] = await Promise.all(
    [servingCertificate(options.serving), kubeletClientCertificate, frontProxyCertificate, adminCertificate].map(issue),
  );
  return {
    directory: options.directory,
    authority: ca.certificate,
    frontProxyAuthority: frontProxy.certificate,
    serving: serving!.pair,
    kubeletClient: kubeletClient!.pair,
    frontProxyClient: frontProxyClient!.pair,
    admin: admin!.pair,
    serviceAccountKey: await signingKey,
    renewAtMs: Math.min(serving!.dueMs, kubeletClient!.dueMs, frontProxyClient!.dueMs, admin!.dueMs),
    certificate: async wish => (await issue(wish)).pair,
    async node(name, names) {
      const wishes = nodeCertificates(name, names);
      const [client, server] = await Promise.all([issue(wishes.client), issue(wishes.serving)]);
      return { client: client.pair, serving: server.pair };
    },
    requests: {
      read: readRequest,
      answer: grant => answerRequest(grant, ca, options.clock.now(), options.random),
    },
  };
}
