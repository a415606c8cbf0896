/** How the cluster asks before it lets something into a project: for projects of workspaces with quotas alone, and for what those count. */
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { admissionWebhook, allow, type Webhook } from '@orrery/reconciler/webhook';
import { resources } from '@orrery/client/resources';
import { labels, platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import { managedBy } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import { clientConfigOf, type AdmissionPlace } from '../install/admission.ts';
import type { Ledger } from './ledger.ts';
import { countedKinds, hardOf, kindsOf, workspaceOf } from './usage.ts';

export const configurationName = 'orrery-workspace-quotas';
export const configurations = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
};

/** Undefined while there is nothing to ask about: then nothing depends on the platform. */
export function webhookConfiguration(
  quotas: readonly WorkspaceQuota[],
  place: AdmissionPlace,
  path: string,
): KubeObject | undefined {
  const workspaces = [...new Set(quotas.map(workspaceOf).filter(name => name !== ''))].toSorted();
  const kinds = countedKinds.filter(kind => quotas.some(quota => kindsOf(hardOf(quota)).includes(kind)));
  if (workspaces.length === 0 || kinds.length === 0) return undefined;
  const ruleOf = ({ group, version, resource }: GroupVersionResource) => ({
    apiGroups: [group],
    apiVersions: [version],
    resources: resource === 'pods' ? ['pods', 'pods/resize'] : [resource],
    operations: ['CREATE', 'UPDATE'],
    scope: 'Namespaced',
  });
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: configurationName, labels: { ...managedBy } },
    webhooks: [
      {
        name: 'quotas.platform.orrery.io',
        clientConfig: clientConfigOf(place, path),
        rules: kinds.map(ruleOf),
        namespaceSelector: { matchExpressions: [{ key: labels.workspace, operator: 'In', values: workspaces }] },
        objectSelector: {},
        matchPolicy: 'Equivalent',
        failurePolicy: 'Fail',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  } as KubeObject;
}

export function quotaWebhook({ informers }: PlatformContext, ledger: Ledger, path: string): Webhook {
  const quotas = informers.of<WorkspaceQuota>(platformResources.workspaceQuotas);
  const projects = informers.of(resources.namespaces);
  return admissionWebhook<KubeObject>(path, async request => {
    await Promise.all([quotas.synced, projects.synced]);
    const { namespace = '', resource: asked, object, oldObject, dryRun = false } = request;
    const workspace = projects.get(namespace)?.metadata.labels?.[labels.workspace];
    const kind = countedKinds.find(
      ({ group, resource }) => group === (asked.group ?? '') && resource === asked.resource,
    );
    if (!workspace || !kind || !object) return allow();
    const name = object.metadata.name ?? request.name ?? '';
    for (const quota of quotas.list().filter(one => workspaceOf(one) === workspace))
      await ledger.admit(quota, {
        kind,
        namespace,
        name,
        after: object,
        ...(oldObject && { before: oldObject }),
        dryRun,
      });
    return allow();
  });
}
