/** Who a machine that joined is to its cluster, for as long as it runs: its certificates are renewed in time, and nothing restarts. */
import { readFileSync } from 'node:fs';
import { certificateFacts, dueAt, issueAuthority, newKey, writeSecret, type Pair } from '@orrery/apiserver/pki';
import { createClient, type Client } from '@orrery/client';
import { connect } from '@orrery/client/node';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import {
  certificateFor,
  clientWish,
  joinedAccess,
  joinedFiles,
  keepMembership,
  rangesOf,
  pairText,
  readPair,
  servingWish,
  type CertificateWishOfNode,
  type Membership,
} from './join.ts';
import type { ClusterRanges } from './joining.ts';
import type { Layout } from './layout.ts';
import type { NodeIdentity } from './node-identity.ts';
import { credentialsOf, tlsOf } from './shown-pair.ts';

export interface JoinedOptions {
  readonly layout: Layout;
  readonly membership: Membership;
  /** What the kubelet's certificate names beside the node. */
  readonly nodeIP: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Renewal is thought of at least as often as this. */
const lookMs = 12 * 3600_000;
const firstRetryMs = 1_000;
const lastRetryMs = 300_000;
/** How long a start waits for the kubelet's first certificate; the start goes on without it. */
const patienceMs = 20_000;
/** The cluster's addresses hardly ever change: a start does not wait long for them. */
const rangesMs = 3_000;

export async function joinedIdentity(options: JoinedOptions): Promise<NodeIdentity> {
  const { layout, membership, nodeIP, clock, random } = options;
  const { server, nodeName } = membership;
  const files = joinedFiles(layout);
  const authority = readFileSync(files.authority, 'utf8');
  let present: Pair = readPair(files.client)!;
  const credentials = credentialsOf(() => present);
  const known = readPair(files.serving);
  const isRight = known !== undefined && names(known, authority)?.includes(nodeIP);
  // Nobody trusts the first one: it serves until the cluster has signed another.
  const serving = isRight ? known : await issueAuthority(nodeName, clock.now(), random);
  return {
    server,
    authority,
    joined: true,
    kubelet: credentials,
    network: credentials,
    serving: tlsOf(serving),
    async keep(client, use, signal) {
      const common = { ...options, client, authority, signal };
      const wish = servingWish(nodeName, [nodeIP]);
      const first = keepPair(common, wish, files.serving, isRight ? known : undefined, pair => use(tlsOf(pair)));
      void keepPair(common, clientWish(nodeName), files.client, present, pair => void (present = pair));
      const late = new AbortController();
      await Promise.race([first, clock.sleep(patienceMs, AbortSignal.any([signal, late.signal]))]);
      late.abort();
    },
  };
}

const names = ({ certificate, key }: Pair, authority: string): readonly string[] | undefined => {
  const facts = certificateFacts(certificate, key, authority);
  return facts?.trusted && facts.keyMatches ? facts.addresses : undefined;
};

interface Keeping extends JoinedOptions {
  readonly client: Client;
  readonly authority: string;
  readonly signal: AbortSignal;
}

/** Resolves when there is a certificate; goes on renewing it until the signal aborts. */
async function keepPair(
  options: Keeping,
  wish: CertificateWishOfNode,
  file: string,
  present: Pair | undefined,
  use: (pair: Pair) => void,
): Promise<void> {
  const pair = present ?? (await renewed(options, wish, file));
  if (!pair) return;
  if (!present) use(pair);
  void (async () => {
    const { clock, signal, authority } = options;
    for (let now: Pair | undefined = pair; now && !signal.aborted;) {
      const facts = certificateFacts(now.certificate, now.key, authority);
      const dueMs = facts ? dueAt(facts) - clock.now() : 0;
      if (dueMs > 0) await clock.sleep(Math.min(dueMs, lookMs), signal);
      else {
        now = await renewed(options, wish, file);
        if (now) use(now);
      }
    }
  })();
}

/** A new key with a new certificate, tried until there is one; undefined when the signal aborts. */
async function renewed(
  { client, clock, log, signal }: Keeping,
  wish: CertificateWishOfNode,
  file: string,
): Promise<Pair | undefined> {
  for (let wait = firstRetryMs; !signal.aborted; wait = Math.min(wait * 2, lastRetryMs)) {
    try {
      const key = await newKey();
      const pair = { key, certificate: await certificateFor(client, key, wish, clock, signal) };
      await writeSecret(file, pairText(pair));
      log.info('a certificate was issued', { signer: wish.signer });
      return pair;
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn('no certificate yet', { signer: wish.signer, error: (error as Error).message });
      await clock.sleep(wait, signal);
    }
  }
  return undefined;
}

/** What the cluster says of its addresses today, or said when it was last asked: a node starts also while the server is away. */
export async function freshRanges({
  layout,
  membership,
  clock,
  log,
  signal,
}: Omit<JoinedOptions, 'nodeIP' | 'random'> & { readonly signal: AbortSignal }): Promise<ClusterRanges> {
  const transport = connect({ ...joinedAccess(layout, membership), clock });
  try {
    const ranges = await rangesOf(createClient(transport), AbortSignal.any([signal, AbortSignal.timeout(rangesMs)]));
    await keepMembership(layout, { ...membership, ranges });
    return ranges;
  } catch (error) {
    log.warn('the cluster does not tell its addresses; those of the last start count', { error });
    return membership.ranges;
  } finally {
    transport.close();
  }
}
