/** What the API server asks before it keeps a site: a defaulter, and a validator of what a schema cannot say. */
import type { Informer } from '@orrery/reconciler';
import { defaulter, validator, type Webhook } from '@orrery/reconciler/webhook';
import { keyOf } from '@orrery/machinery/meta';
import { kind, type Website } from './kind.ts';

export interface Defaults {
  readonly replicas: number;
  readonly image: string;
}

export const completeSite = (defaults: Defaults): Webhook =>
  defaulter<Website>(kind, site => ({ ...site, spec: { ...defaults, ...site.spec } }));

/** A host name is one site's in the whole cluster. Whoever is asked at once by two sees none yet: the registrar has the last word. */
export const judgeSite = (sites: Informer<Website>): Webhook => {
  const judge = (site: Website) => {
    const rival = sites.list().find(other => other.spec.host === site.spec.host && keyOf(other) !== keyOf(site));
    if (rival) return { denied: `spec.host: ${site.spec.host} belongs to the site ${keyOf(rival)}: choose another` };
    return site.spec.replicas === 0 ? { warnings: ['spec.replicas: nobody will answer'] } : undefined;
  };
  return validator<Website>(kind, { create: judge, update: (_before, after) => judge(after) });
};

/** How the cluster is told of both. `ca` vouches for the server at `url`. */
export function webhookConfigurations(url: string, ca: string, webhooks: { complete: Webhook; judge: Webhook }) {
  const configuration = (name: string, { path }: Webhook, operations: readonly string[]) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: name,
    metadata: { name: 'website.example.com' },
    webhooks: [
      {
        name: `${path.split('-')[0]!.slice(1)}.website.example.com`,
        clientConfig: { url: url + path, caBundle: btoa(ca) },
        rules: [{ apiGroups: [kind.group], apiVersions: [kind.version], operations, resources: ['websites'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  return {
    mutating: configuration('MutatingWebhookConfiguration', webhooks.complete, ['CREATE', 'UPDATE']),
    validating: configuration('ValidatingWebhookConfiguration', webhooks.judge, ['CREATE', 'UPDATE']),
  };
}
