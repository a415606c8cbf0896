/** Certificate signing requests: who asked is written by the server; approval and certificate have subresources of their own. */
import { validateSigningRequestChange } from '@orrery/kinds/certificates';
import type { CertificateSigningRequest } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
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
  validateUpdate: (object, old) => validateSigningRequestChange(object as Stored, old as Stored, 'status'),
};

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
  allowUnconditionalUpdate: true,
  selectableFields: object => ({ 'spec.signerName': textAt(object, 'spec', 'signerName') }),
  subresources: { approval, status },
};
