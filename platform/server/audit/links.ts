/**
 * The chain of records: a line is the hash of a record and the record, which holds the hash of the one before. A chain begins with the heads of
 * the chains that were there, and tells what was taken away for its age: so neither an end nor a beginning goes unseen.
 */
import type { AuditEvent } from '@orrery/platform-contract/features';
import { hexDigest } from '../oauth/digest.ts';
import { chainUser, chainVerbs } from './names.ts';
import type { AuditStorage, Segment } from './storage.ts';

export const annotation = {
  chain: 'audit.orrery.io/chain',
  number: 'audit.orrery.io/number',
  previous: 'audit.orrery.io/previous',
} as const;

/** Of a record without one before. */
export const firstHash = '0'.repeat(64);

export interface Head {
  readonly chain: string;
  readonly number: number;
  readonly hash: string;
}

/** The line of the next record, and its head. */
export async function linkAfter(
  head: Head,
  event: AuditEvent,
): Promise<{ line: string; head: Head; event: AuditEvent }> {
  const number = head.number + 1;
  const linked: AuditEvent = {
    ...event,
    annotations: {
      ...event.annotations,
      [annotation.chain]: head.chain,
      [annotation.number]: String(number),
      [annotation.previous]: head.hash,
    },
  };
  const text = JSON.stringify(linked);
  const hash = await hexDigest(text);
  return { line: `${hash} ${text}\n`, head: { chain: head.chain, number, hash }, event: linked };
}

export interface Link {
  readonly hash: string;
  readonly text: string;
  readonly event: AuditEvent;
}

/** Undefined for a line that is none. */
export function readLink(line: string): Link | undefined {
  const [hash, text] = [line.slice(0, 64), line.slice(65)];
  if (!/^[0-9a-f]{64}$/.test(hash) || line[64] !== ' ') return undefined;
  try {
    return { hash, text, event: JSON.parse(text) as AuditEvent };
  } catch {
    return undefined;
  }
}

export const linesOf = (text: string): string[] => (text === '' ? [] : text.trimEnd().split('\n'));

export interface ChainReport {
  readonly chain: string;
  readonly first: number;
  readonly last: number;
  readonly startTime: string;
  readonly endTime: string;
  readonly head: string;
}

export interface Verification {
  readonly intact: boolean;
  readonly records: number;
  /** That there was no room for, as the chains themselves tell. */
  readonly lost: number;
  readonly chains: ChainReport[];
  readonly problem?: { readonly chain: string; readonly number: number; readonly why: string };
}

export const byChain = (left: Segment, right: Segment): number =>
  left.chain < right.chain ? -1 : left.chain > right.chain ? 1 : left.number - right.number;

interface Walk {
  readonly problems: { chain: string; number: number; why: string }[];
  readonly chains: ChainReport[];
  /** What chains say of other chains and of their own cut beginnings. */
  readonly claims: Head[];
  readonly cuts: Head[];
  readonly starts: Head[];
  /** Hashes of records that somebody claims, as they are found. */
  readonly hashes: Map<string, string>;
  records: number;
  lost: number;
}

const keyOf = ({ chain, number }: Pick<Head, 'chain' | 'number'>): string => `${chain} ${number}`;

/** Reads everything that is stored, one segment at a time. */
export async function verify(storage: AuditStorage): Promise<Verification> {
  const walk: Walk = {
    problems: [],
    chains: [],
    claims: [],
    cuts: [],
    starts: [],
    hashes: new Map(),
    records: 0,
    lost: 0,
  };
  const segments = (await storage.segments()).toSorted(byChain);
  for (const chain of new Set(segments.map(segment => segment.chain)))
    await walkChain(
      storage,
      segments.filter(segment => segment.chain === chain),
      walk,
    );
  const { records, lost, chains } = walk;
  const problem = [...walk.problems, ...claimProblems(walk)][0];
  return { intact: problem === undefined, records, lost, chains, ...(problem && { problem }) };
}

async function walkChain(storage: AuditStorage, segments: readonly Segment[], walk: Walk): Promise<void> {
  const { chain } = segments[0]!;
  let before: Head | undefined;
  let first: Link | undefined;
  let firstNumber = 0;
  let last: Link | undefined;
  for (const [index, segment] of segments.entries()) {
    const broken = (why: string) => void walk.problems.push({ chain, number: (before?.number ?? 0) + 1, why });
    if (index > 0 && segment.number !== segments[index - 1]!.number + 1) return broken('a segment is missing');
    for (const line of linesOf(await storage.read(segment))) {
      const link = readLink(line);
      if (!link) return broken('the line is no record');
      const said = link.event.annotations ?? {};
      const number = Number(said[annotation.number]);
      const previous = said[annotation.previous] ?? '';
      before ??= { chain, number: number - 1, hash: previous };
      if ((await hexDigest(link.text)) !== link.hash) return broken('the record is not what was written');
      if (said[annotation.chain] !== chain) return broken('the record is of another chain');
      if (number !== before.number + 1) return broken('a record is missing');
      if (previous !== before.hash) return broken('the record before is not what was written');
      if (!first) {
        [first, firstNumber] = [link, number];
        walk.starts.push(before);
      }
      hear(link.event, walk);
      walk.hashes.set(keyOf({ chain, number }), link.hash);
      before = { chain, number, hash: link.hash };
      walk.records++;
      last = link;
    }
  }
  if (!before || !first || !last) return;
  walk.chains.push({
    chain,
    first: firstNumber,
    last: before.number,
    startTime: first.event.stageTimestamp,
    endTime: last.event.stageTimestamp,
    head: before.hash,
  });
}

function hear({ user, verb, requestObject }: AuditEvent, walk: Walk): void {
  if (user.username !== chainUser) return;
  const { heads = [], lost = 0 } = (requestObject ?? {}) as { heads?: Head[]; lost?: number };
  if (verb === chainVerbs.began) walk.claims.push(...heads);
  if (verb === chainVerbs.cut) walk.cuts.push(...heads);
  if (verb === chainVerbs.lost) walk.lost += lost;
}

/** Beginnings that nobody cut, and ends that were once further. */
function* claimProblems({ starts, cuts, claims, hashes }: Walk): Generator<NonNullable<Verification['problem']>> {
  const told = new Set(cuts.map(cut => `${keyOf(cut)} ${cut.hash}`));
  for (const start of starts)
    if (start.number > 0 ? !told.has(`${keyOf(start)} ${start.hash}`) : start.hash !== firstHash)
      yield { chain: start.chain, number: start.number, why: 'the beginning of the chain is missing' };
  for (const claim of claims) {
    if (cuts.some(({ chain, number }) => chain === claim.chain && number >= claim.number)) continue;
    const found = hashes.get(keyOf(claim));
    if (found === undefined) yield { chain: claim.chain, number: claim.number, why: 'the end of the chain is missing' };
    else if (found !== claim.hash)
      yield { chain: claim.chain, number: claim.number, why: 'the chain was written anew' };
  }
}

/** The last record of each chain that is stored, as far as its last segment can be read. */
export async function headsOf(storage: AuditStorage): Promise<Head[]> {
  const lasts = new Map((await storage.segments()).toSorted(byChain).map(segment => [segment.chain, segment]));
  const heads = await Promise.all([...lasts.values()].map(segment => headIn(storage, segment)));
  return heads.filter(head => head !== undefined);
}

/** Of a segment's last record. */
export async function headIn(storage: AuditStorage, segment: Segment): Promise<Head | undefined> {
  const line = linesOf(await storage.read(segment)).at(-1);
  const link = line === undefined ? undefined : readLink(line);
  if (!link) return undefined;
  const number = Number(link.event.annotations?.[annotation.number]);
  return { chain: segment.chain, number, hash: link.hash };
}
