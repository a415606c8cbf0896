/**
 * Where Orrery takes over in place, KubeSphere's own controllers answer no longer: what they hold on to is let go. Otherwise nobody could write
 * an account, and nothing that they marked could ever be deleted.
 */
import type { Client } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { groups, systemNamespace } from '@orrery/platform-kinds';
import { finalizer } from '../tenancy/plan.ts';
import { kindFacts } from './kinds.ts';
import type { Kind, Snapshot } from './shapes.ts';

const admission = 'admissionregistration.k8s.io';
interface Webhooks extends KubeObject {
  webhooks?: {
    name: string;
    failurePolicy?: string;
    rules?: { apiGroups?: string[] }[];
    clientConfig: { service?: { namespace: string; name: string } };
  }[];
}

const own: readonly string[] = [groups.iam, groups.tenant, groups.quota, groups.cluster, groups.network];

/** Webhooks of KubeSphere's controller manager for kinds that are Orrery's now may fail from here on. Resolves with names of what was changed. */
export async function ignoreWebhooks(client: Client): Promise<string[]> {
  const changed: string[] = [];
  for (const resource of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const at = { group: admission, version: 'v1', resource };
    for (const found of (await client.list<Webhooks>(at)).items) {
      const webhooks = found.webhooks?.map(webhook => {
        const { service } = webhook.clientConfig;
        const theirs = service?.namespace === systemNamespace && service.name === 'ks-controller-manager';
        const ours = webhook.rules?.some(({ apiGroups }) => apiGroups?.some(group => own.includes(group)));
        return theirs && ours && webhook.failurePolicy !== 'Ignore' ? { ...webhook, failurePolicy: 'Ignore' } : webhook;
      });
      if (!webhooks?.some((webhook, index) => webhook !== found.webhooks?.[index])) continue;
      await client.patch(at, found.metadata.name ?? '', 'merge', { webhooks });
      changed.push(found.metadata.name ?? '');
    }
  }
  return changed;
}

/** Those of KubeSphere's controllers; on a workspace template Orrery has one of the same name. */
const kept = (kind: Kind, { metadata: { finalizers = [] } }: KubeObject): string[] =>
  finalizers.filter(
    each => !/(^|\.)kubesphere\.io(\/|$)/.test(each) || (kind === 'workspacetemplates' && each === finalizer),
  );

/** Resolves with how many objects were marked. */
export async function dropFinalizers(client: Client, snapshot: Snapshot): Promise<number> {
  let count = 0;
  for (const [kind, { resource }] of Object.entries(kindFacts) as [Kind, (typeof kindFacts)[Kind]][])
    for (const object of snapshot[kind] as readonly KubeObject[]) {
      const { name = '', namespace, finalizers = [] } = object.metadata;
      const left = kept(kind, object);
      if (left.length === finalizers.length) continue;
      const patch = { metadata: { finalizers: left } };
      const at = { ...(namespace !== undefined && { namespace }) };
      await orUndefined(client.patch(resource, name, 'merge', patch, at));
      count++;
    }
  return count;
}
