/** Decides on the certificates of nodes by the rules of `nodes.ts`. */
import { resources } from '@orrery/client/resources';
import type { CertificateSigningRequest, Node } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type Change, type ComponentContext } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { CertificateAuthority, Controller } from '../types.ts';
import {
  asksToJoin,
  asksToServe,
  judgeJoin,
  judgeServing,
  nodeNameOf,
  type Surroundings,
  type Verdict,
} from './nodes.ts';
import { hasCondition, isApproved, type RequestFacts } from './signers.ts';

const name = 'node-certificates-controller';
const resource = resources.certificatesigningrequests;

/** On a request whose machine has become a node: the name may be given again once the node is gone. */
const joinedAnnotation = 'certificates.orrery/joined';

const isJoined = ({ metadata }: CertificateSigningRequest): boolean =>
  metadata.annotations?.[joinedAnnotation] !== undefined;

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

export const nodeCertificatesController: Controller = {
  name,
  async start(ctx, { certificates, apiNames = [] }) {
    if (!certificates) return;
    const requests = ctx.informers.of<CertificateSigningRequest>(resource);
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const factsOf = reader(certificates);
    /** Names given away that the cache may not know yet. */
    const given = new Map<string, string>();

    const promises = async (): Promise<Map<string, string>> => {
      const found = new Map(given);
      for (const request of requests.list()) {
        if (!asksToJoin(request.spec) || !isApproved(request) || isJoined(request)) continue;
        const facts = await factsOf(request);
        if (facts) found.set(nodeNameOf(facts), request.metadata.name!);
      }
      return found;
    };
    const verdictOn = async (request: CertificateSigningRequest): Promise<Verdict> => {
      const { spec, metadata } = request;
      const facts = await factsOf(request);
      if (!facts) return undefined;
      const promised = await promises();
      const around: Surroundings = { nodes: nodes.list(), apiNames, promised: node => promised.get(node) };
      if (asksToServe(spec)) return judgeServing(facts, spec, around);
      const verdict = judgeJoin(metadata.name!, facts, spec, around);
      if (verdict?.type === 'Approved') given.set(nodeNameOf(facts), metadata.name!);
      return verdict;
    };
    const reconcile = async (key: string): Promise<void> => {
      const request = requests.get(key);
      if (!request || request.metadata.deletionTimestamp) return forget(given, key);
      if (!asksToJoin(request.spec) && !asksToServe(request.spec)) return;
      if (isApproved(request)) return markJoined(ctx, request, await factsOf(request), nodes.list(), given);
      if (hasCondition(request, 'Denied') || hasCondition(request, 'Failed')) return;
      const verdict = await verdictOn(request);
      if (verdict) await write(ctx, request, verdict);
    };
    const waiting = ({ before, after }: Change<Node>): string[] => {
      // Every heartbeat comes by here: only a node that came or tells other addresses decides something.
      if (before && after && JSON.stringify(before.status?.addresses) === JSON.stringify(after.status?.addresses))
        return [];
      return requests
        .list()
        .filter(request => !isJoined(request) && (asksToJoin(request.spec) || asksToServe(request.spec)))
        .map(({ metadata }) => metadata.name!);
    };
    // One at a time: a name must not be given twice.
    const sources = [watchOf(requests), watchOf(nodes, waiting)];
    await runController({ name, concurrency: 1, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

/** Reads each request once; undefined for what is none. */
function reader({ read }: CertificateAuthority) {
  const known = new WeakMap<CertificateSigningRequest, Promise<RequestFacts | undefined>>();
  return (request: CertificateSigningRequest): Promise<RequestFacts | undefined> => {
    const facts =
      known.get(request) ?? read(Buffer.from(request.spec.request, 'base64').toString()).catch(() => undefined);
    known.set(request, facts);
    return facts;
  };
}

function forget(given: Map<string, string>, request: string): void {
  for (const [node, by] of given) if (by === request) given.delete(node);
}

/** The node is there: the promise is kept, and the name is free again once the node is removed. */
async function markJoined(
  ctx: ComponentContext,
  request: CertificateSigningRequest,
  facts: RequestFacts | undefined,
  nodes: readonly Node[],
  given: Map<string, string>,
): Promise<void> {
  if (!facts || !asksToJoin(request.spec)) return;
  const node = nodes.find(({ metadata }) => metadata.name === nodeNameOf(facts));
  if (!node && !isJoined(request)) return;
  forget(given, request.metadata.name!);
  if (isJoined(request)) return;
  const change = { metadata: { annotations: { [joinedAnnotation]: node!.metadata.uid } } };
  await orUndefined(ctx.client.patch(resource, request.metadata.name!, 'merge', change));
}

async function write(
  { client, clock }: ComponentContext,
  request: CertificateSigningRequest,
  { type, message }: NonNullable<Verdict>,
): Promise<void> {
  const reason = type === 'Approved' ? 'AutoApproved' : 'AutoDenied';
  const condition = { type, status: 'True', reason, message, lastUpdateTime: formatTime(clock.now()) } as Condition;
  const conditions = [...(request.status?.conditions ?? []), condition];
  await orUndefined(
    client.update(resource, { ...request, status: { ...request.status, conditions } }, { subresource: 'approval' }),
  );
}
