/**
 * A machine becomes a node of a cluster elsewhere: it learns whom to trust by the digest in its token, makes its own key, which never leaves
 * it, and asks for a certificate. Everything after that it asks for as the node itself.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  authorityDigest,
  keyDigest,
  newKey,
  secretDirectory,
  signingRequest,
  writeSecret,
  type Pair,
} from '@orrery/apiserver/pki';
import { createClient, type Client } from '@orrery/client';
import { connect } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import type { CertificateSigningRequest, ConfigMap } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, StatusError } from '@orrery/machinery/status';
import type { JoinToken } from './join-token.ts';
import { authorityIn, clusterInfo, clusterRanges, rangesIn, type ClusterRanges } from './joining.ts';
import type { Layout } from './layout.ts';

/** What a machine that joined knows, and keeps for its next start. */
export interface Membership {
  /** URL of the API server. */
  readonly server: string;
  readonly nodeName: string;
  readonly ranges: ClusterRanges;
  /** As they were asked for; otherwise each start finds its own. */
  readonly nodeIP?: string;
  readonly kubeletPort?: number;
}

export interface JoinOptions {
  readonly layout: Layout;
  readonly wanted: Omit<Membership, 'ranges'>;
  readonly token: JoinToken;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const agentName = 'kubelet/v1.34 (orrery)';
const answerMs = 20_000;
const approvalMs = 60_000;
const lookAgainMs = 100;

/** The files of a machine that joined. */
export const joinedFiles = ({ agent: { joined } }: Layout) => ({
  authority: join(joined, 'ca.crt'),
  membership: join(joined, 'cluster.json'),
  /** The key of a machine that waits for its first certificate. */
  waiting: join(joined, 'kubelet-client.key'),
  // A certificate and its key are one file: they change together or not at all.
  client: join(joined, 'kubelet-client.pem'),
  serving: join(joined, 'kubelet-serving.pem'),
});

export const pairText = ({ certificate, key }: Pair): string => `${certificate.trimEnd()}\n${key}`;

/** Undefined where there is no such file, or it is not whole. */
export function readPair(file: string): Pair | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const at = text.indexOf('-----BEGIN PRIVATE KEY');
  return at < 0 ? undefined : { certificate: text.slice(0, at), key: text.slice(at) };
}

/** Undefined on a machine that has not joined. */
export function membershipOf(layout: Layout): Membership | undefined {
  const { membership, client } = joinedFiles(layout);
  if (!existsSync(membership) || !readPair(client)) return undefined;
  return JSON.parse(readFileSync(membership, 'utf8')) as Membership;
}

/** How a machine that joined reaches the API, as its node. */
export function joinedAccess(layout: Layout, { server }: Pick<Membership, 'server'>) {
  const files = joinedFiles(layout);
  const pair = readPair(files.client);
  return { server, ca: readFileSync(files.authority, 'utf8'), ...(pair && { cert: pair.certificate, key: pair.key }) };
}

export const keepMembership = (layout: Layout, membership: Membership): Promise<void> =>
  writeSecret(joinedFiles(layout).membership, `${JSON.stringify(membership, undefined, 2)}\n`);

/**
 * Joins: afterwards {@link membershipOf} knows the cluster. Asked again after a failure it goes on where it was.
 * @throws Error in one sentence with what to do
 */
export async function joinCluster(options: JoinOptions): Promise<Membership> {
  const { layout, wanted, token, clock, signal } = options;
  const { server, nodeName } = wanted;
  const files = joinedFiles(layout);
  await secretDirectory(layout.agent.joined);
  const authority = await discoverAuthority(server, token.authority, clock, signal);
  await writeSecret(files.authority, authority);
  const transport = connect({ server, ca: authority, token: `${token.id}.${token.secret}`, clock });
  try {
    const client = createClient(transport, { userAgent: agentName });
    const ranges = await rangesOf(client, signal).catch((error: unknown) => {
      if (isReason(error, 'Unauthorized'))
        throw new Error('the token is unknown or has expired: make another with "orrery token create" on the server');
      throw unreachable(server, error);
    });
    await askForClient(client, layout, nodeName, clock, signal);
    const membership = { ...wanted, ranges };
    await keepMembership(layout, membership);
    return membership;
  } finally {
    transport.close();
  }
}

const within = (signal: AbortSignal, ms: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ms)]);

/** The cluster's authority, from a server that is not trusted yet: what it says counts only when the digest is the token's. */
async function discoverAuthority(server: string, digest: string, clock: Clock, signal: AbortSignal): Promise<string> {
  const transport = connect({ server, insecureSkipTlsVerify: true, clock });
  try {
    const { namespace, name } = clusterInfo;
    const found = await createClient(transport, { userAgent: agentName })
      .get<ConfigMap>(resources.configmaps, name, { namespace, signal: within(signal, answerMs) })
      .catch((error: unknown) => {
        if (error instanceof StatusError && [401, 403, 404].includes(error.code))
          throw new Error(
            `${server} does not say who it is (${error.message}): run "orrery token create" on the server, which makes it do so`,
          );
        throw unreachable(server, error);
      });
    const authority = authorityIn(found);
    if (authority === undefined || digestOrNothing(authority) !== digest)
      throw new Error(
        `${server} is not the server of this token: its authority is another. Look at the address, or make another token with "orrery token create"`,
      );
    return authority;
  } finally {
    transport.close();
  }
}

function digestOrNothing(pem: string): string | undefined {
  try {
    return authorityDigest(pem);
  } catch {
    return undefined;
  }
}

/** What is wrong, in words, with a server that does not answer. */
export function unreachable(server: string, error: unknown): Error {
  const { message } = error as Error;
  return new Error(
    `the API server does not answer at ${server} (${message}): look at the address, at firewalls between, and that the server does not listen on loopback alone (--bind-address)`,
    { cause: error },
  );
}

/** Which addresses the cluster uses, as a node or somebody who joins may read. */
export async function rangesOf(client: Client, signal: AbortSignal): Promise<ClusterRanges> {
  const { namespace, name } = clusterRanges;
  return rangesIn(
    await client.get<ConfigMap>(resources.configmaps, name, { namespace, signal: within(signal, answerMs) }),
  );
}

/** A key that waits for its certificate is kept: a request that was made stays this machine's. */
async function askForClient(
  client: Client,
  layout: Layout,
  nodeName: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const files = joinedFiles(layout);
  const key = existsSync(files.waiting) ? readFileSync(files.waiting, 'utf8') : await newKey();
  await writeSecret(files.waiting, key);
  try {
    const wish = clientWish(nodeName);
    const certificate = await certificateFor(client, key, wish, clock, within(signal, approvalMs));
    await writeSecret(files.client, pairText({ certificate, key }));
    rmSync(files.waiting);
  } catch (error) {
    // What was denied stays denied: the next attempt is another request.
    if (error instanceof Denied) rmSync(files.waiting);
    if ((error as Error).name === 'TimeoutError')
      throw new Error('nobody decides on the request for a certificate: look at "orrery logs server" on the server', {
        cause: error,
      });
    throw error;
  }
}

export interface CertificateWishOfNode {
  readonly signer: string;
  readonly usages: readonly string[];
  readonly nodeName: string;
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

export const clientWish = (nodeName: string): CertificateWishOfNode => ({
  signer: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  nodeName,
  dnsNames: [],
  addresses: [],
});

export const servingWish = (nodeName: string, addresses: readonly string[]): CertificateWishOfNode => ({
  signer: 'kubernetes.io/kubelet-serving',
  usages: ['digital signature', 'server auth'],
  nodeName,
  dnsNames: [nodeName],
  addresses,
});

/** The request was looked at and refused. */
export class Denied extends Error {
  override readonly name = 'Denied';
}

/** Asks for a certificate of a key and waits for it, as long as `signal` lets it. @throws Denied with why */
export async function certificateFor(
  client: Client,
  key: string,
  wish: CertificateWishOfNode,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const { signer, usages, nodeName, dnsNames, addresses } = wish;
  const prefix = signer.endsWith('serving') ? 'csr' : 'node-csr';
  const name = `${prefix}-${keyDigest(key).slice(0, 40)}`;
  const asked = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'], dnsNames, addresses };
  const request = Buffer.from(await signingRequest(key, asked)).toString('base64');
  const metadata = { name };
  const spec = { request, signerName: signer, usages };
  const object = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata, spec };
  try {
    await client.create(resources.certificatesigningrequests, object as unknown as KubeObject, { signal });
  } catch (error) {
    // Of this key: an earlier attempt made it.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  for (;;) {
    const { status } = await client.get<CertificateSigningRequest>(resources.certificatesigningrequests, name, {
      signal,
    });
    if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString();
    const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
    if (refused) throw new Denied(refused.message ?? `the request ${name} was denied`);
    await clock.sleep(lookAgainMs, signal);
    signal.throwIfAborted();
  }
}
