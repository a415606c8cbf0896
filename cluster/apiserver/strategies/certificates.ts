/** Certificate signing requests: who asked is written by the server; approval and certificate have subresources of their own. */
import { validateSigningRequestChange } from '@orrery/kinds/certificates';
import type { CertificateSigningRequest } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { certificateProblem, firstBlock, requestProblem } from '../pki/request-form.ts';
import type { Strategy, SubresourceStrategy, WriteContext } from '../types.ts';
import { textAt } from './generic.ts';

type Stored = CertificateSigningRequest & KubeObject;

const decided = new Set(['Approved', 'Denied']);

/** Conditions that are new or changed get the present time. */
function stampConditions(object: Stored, old: Stored, context: WriteContext): void {
  const before = new Map(old.status?.conditions?.map(condition => [condition.type, condition]));
  const now = formatTime(context.nowMs);
  for (const condition of object.status?.conditions ?? []) {
    const known = before.get(condition.type);
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= known?.status === condition.status ? known.lastTransitionTime : now;
  }
}

/** Only the conditions change. */
const approval: SubresourceStrategy = {
  prepareForUpdate(object, old, context) {
    const before = old as Stored;
    const { conditions } = (object as Stored).status ?? {};
    const status = { ...before.status, ...(conditions && { conditions: structuredClone(conditions) }) };
    const updated = { ...before, metadata: object.metadata, status } as Stored;
    stampConditions(updated, before, context);
    return updated as KubeObject;
  },
  validateUpdate: (object, old) => validateSigningRequestChange(object as Stored, old as Stored, 'approval'),
};

/** Everything but the decisions. */
const status: SubresourceStrategy = {
  prepareForUpdate(object, old, context) {
    const before = old as Stored;
    const asked = structuredClone((object as Stored).status ?? {});
    const kept = before.status?.conditions?.filter(condition => decided.has(condition.type)) ?? [];
    const others = asked.conditions?.filter(condition => !decided.has(condition.type)) ?? [];
    const conditions = [...kept, ...others];
    const updated = { ...before, metadata: object.metadata, status: { ...asked, conditions } } as Stored;
    if (conditions.length === 0) delete updated.status!.conditions;
    stampConditions(updated, before, context);
    return updated as KubeObject;
  },
  validateUpdate(object, old) {
    const errors = validateSigningRequestChange(object as Stored, old as Stored, 'status');
    return errors.some(({ field }) => field === 'status.certificate')
      ? errors
      : [...errors, ...validateCertificates(object as Stored, old as Stored)];
  },
};

/** Blocks that are no certificates, in those that were just set. */
function validateCertificates({ status }: Stored, old: Stored): FieldError[] {
  const text = status?.certificate ?? '';
  if (text === '' || text === old.status?.certificate) return [];
  const blocks = atob(text).match(/-----BEGIN CERTIFICATE-----[^-]*-----END/g) ?? [];
  const problem = blocks.map(block => certificateProblem(firstBlock(block))).find(each => each !== undefined);
  return problem === undefined ? [] : [invalid('status.certificate', '<certificate data>', problem)];
}

const requestBlock = /-----BEGIN ([^-]+)-----/;

/** Whether a request can be read, and was signed by its own key. That it is one at all is asked before. */
function validateRequest({ spec }: Stored): FieldError[] {
  const text = atob(spec.request ?? '');
  if (requestBlock.exec(text)?.[1] !== 'CERTIFICATE REQUEST') return [];
  const problem = requestProblem(firstBlock(text));
  return problem === undefined ? [] : [invalid('spec.request', spec.request, problem)];
}

export const signingRequestStrategy: Strategy = {
  resetsStatus: true,
  prepareForCreate(object, { user }) {
    const spec = (object as Stored).spec as object as Record<string, unknown>;
    const extra = user.extra && Object.keys(user.extra).length > 0 ? user.extra : undefined;
    const groups = user.groups.length > 0 ? [...user.groups] : undefined;
    const requester = { username: user.name, uid: user.uid, groups, extra };
    // What the server does not know is not what the client said, and it is absent: a patch decodes the whole object again.
    for (const [name, value] of Object.entries(requester)) {
      if (value === undefined) delete spec[name];
      else spec[name] = value;
    }
  },
  prepareForUpdate(object, old) {
    (object as Stored).spec = (old as Stored).spec;
    (object as Stored).status = (old as Stored).status!;
  },
  validate: object => validateRequest(object as Stored),
  allowUnconditionalUpdate: true,
  selectableFields: object => ({ 'spec.signerName': textAt(object, 'spec', 'signerName') }),
  subresources: { approval, status },
};
