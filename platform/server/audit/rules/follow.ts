/** Rules and webhooks as they are now; each is told in its status what became of it. */
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { platformResources, type PlatformResource } from '@orrery/platform-kinds';
import { sameJson, watchOf, type ControllerOptions, type Informer } from '@orrery/reconciler';
import type { PlatformContext } from '../../context.ts';
import { policyOf, type AuditRule, type AuditWebhook, type Policy, type Verdict } from './policy.ts';

export interface Followed {
  policy(): Policy;
  readonly controllers: readonly ControllerOptions[];
}

export function followRules(context: PlatformContext): Followed {
  const { informers } = context;
  const rules = informers.of<AuditRule>(platformResources.auditRules);
  const webhooks = informers.of<AuditWebhook>(platformResources.auditWebhooks);
  let known: { readonly objects: readonly KubeObject[]; readonly policy: Policy } | undefined;
  const policy = (): Policy => {
    const objects = [...rules.list(), ...webhooks.list()];
    // Objects of a cache are never changed in place: the same ones mean the same.
    const isSame =
      known?.objects.length === objects.length && objects.every((object, at) => object === known!.objects[at]);
    if (!isSame) known = { objects, policy: policyOf(rules.list(), webhooks.list()) };
    return known!.policy;
  };
  const judge = <T extends Judged>(
    informer: Informer<T>,
    resource: PlatformResource,
    name: string,
  ): ControllerOptions => ({
    name,
    // What one webhook is for hangs on the others.
    sources: [watchOf(informer, () => informer.list().map(keyOf))],
    async reconcile(key) {
      const object = informer.get(key);
      const verdict = object && policy().verdicts.get(object);
      if (!verdict || sameJson(object.status, verdict)) return;
      await orUndefined(context.client.update(resource, { ...object, status: verdict }, { subresource: 'status' }));
    },
  });
  return {
    policy,
    controllers: [
      judge(rules, platformResources.auditRules, 'platform-audit-rules'),
      judge(webhooks, platformResources.auditWebhooks, 'platform-audit-webhooks'),
    ],
  };
}

type Judged = KubeObject & { readonly status?: Verdict };

const keyOf = ({ metadata: { namespace, name } }: KubeObject): string => (namespace ? `${namespace}/${name}` : name!);
