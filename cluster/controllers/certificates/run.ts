/** Signing requests of the built-in signers: kubelets' own are approved, approved ones answered, old ones removed. */
import { X509Certificate } from 'node:crypto';
import { resources } from '@orrery/client/resources';
import type { CertificateSigningRequest } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { resync, runController, watchOf, type ComponentContext, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { CertificateAuthority, Controller } from '../types.ts';
import { hasCondition, isApproved, isOver, lifetimeOf, recognize, signers } from './signers.ts';

const serviceAccount = 'certificate-controller';
const resource = resources.certificatesigningrequests;

type Reconcile = (request: CertificateSigningRequest) => Promise<Result | void>;
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const textOf = ({ spec }: CertificateSigningRequest): string => Buffer.from(spec.request, 'base64').toString();

function follow(ctx: ComponentContext, name: string, reconcile: Reconcile, resyncMs?: number): Promise<void> {
  const requests = ctx.informers.of<CertificateSigningRequest>(resource);
  const sources = [watchOf(requests), ...(resyncMs ? [resync(ctx.clock, resyncMs, requests)] : [])];
  const one = async (key: string) => {
    const request = requests.get(key);
    if (request && !request.metadata.deletionTimestamp) return reconcile(request);
  };
  return runController({ name, concurrency: 5, sources, reconcile: retryingConflicts(one) }, ctx);
}

const withCondition = (
  request: CertificateSigningRequest,
  condition: Pick<Condition, 'type' | 'reason' | 'message'>,
  now: number,
): CertificateSigningRequest => {
  const added = { ...condition, status: 'True', lastUpdateTime: formatTime(now) } as Condition;
  return { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), added] } };
};

/** Whether the one who asked holds a right to have his certificate without a person's approval. */
async function mayHave(ctx: ComponentContext, { spec }: CertificateSigningRequest, right: string): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user: spec.username,
      uid: spec.uid,
      groups: spec.groups,
      extra: spec.extra,
      resourceAttributes: {
        ...{ group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', version: '*' },
        subresource: right,
      },
    },
  };
  const answer = await ctx.client.create(resources.subjectaccessreviews, review as KubeObject);
  return (answer as KubeObject & { status?: { allowed?: boolean } }).status?.allowed === true;
}

export const approvingController: Controller = {
  name: 'certificatesigningrequest-approving-controller',
  serviceAccount,
  async start(ctx, { certificates }) {
    if (!certificates) return;
    await follow(ctx, 'certificatesigningrequest-approving-controller', async request => {
      if (request.status?.certificate || isApproved(request) || hasCondition(request, 'Denied')) return;
      const facts = await certificates.read(textOf(request)).catch(() => undefined);
      for (const { right, message } of facts ? recognize(facts, request.spec) : []) {
        if (!(await mayHave(ctx, request, right))) continue;
        const approved = withCondition(request, { type: 'Approved', reason: 'AutoApproved', message }, ctx.clock.now());
        await orUndefined(ctx.client.update(resource, approved, { subresource: 'approval' }));
        return;
      }
    });
  },
};

export const signingController: Controller = {
  name: 'certificatesigningrequest-signing-controller',
  serviceAccount,
  async start(ctx, { certificates }) {
    if (!certificates) return;
    await follow(ctx, 'certificatesigningrequest-signing-controller', request => sign(ctx, request, certificates));
  },
};

async function sign(
  ctx: ComponentContext,
  request: CertificateSigningRequest,
  certificates: CertificateAuthority,
): Promise<void> {
  const { spec, status } = request;
  const rule = signers.get(spec.signerName);
  if (!rule || !isApproved(request) || status?.certificate || hasCondition(request, 'Failed')) return;
  const problem = await certificates.read(textOf(request)).then(
    facts => rule(facts, spec),
    (error: Error) => `unable to parse csr "${request.metadata.name}": ${error.message}`,
  );
  const answered =
    problem === undefined
      ? { ...request, status: { ...status, certificate: await certificateFor(request, certificates) } }
      : withCondition(
          request,
          { type: 'Failed', reason: 'SignerValidationFailure', message: problem },
          ctx.clock.now(),
        );
  await orUndefined(ctx.client.update(resource, answered, { subresource: 'status' }));
}

async function certificateFor(request: CertificateSigningRequest, certificates: CertificateAuthority): Promise<string> {
  const { usages = [] } = request.spec;
  const pem = await certificates.answer({ request: textOf(request), usages, lifetimeMs: lifetimeOf(request.spec) });
  return Buffer.from(pem).toString('base64');
}

const cleaningMs = 3600_000;

export const cleanerController: Controller = {
  name: 'certificatesigningrequest-cleaner-controller',
  serviceAccount,
  start: ctx =>
    follow(
      ctx,
      'certificatesigningrequest-cleaner-controller',
      async request => {
        if (!isOver(request, ctx.clock.now(), endOf)) return;
        const { name, uid } = request.metadata;
        await orUndefined(ctx.client.delete(resource, name!, { preconditions: { uid } }));
      },
      cleaningMs,
    ),
};

/** In milliseconds since the epoch; one that cannot be read never ends by itself. */
function endOf(pem: string): number {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return Infinity;
  }
}
