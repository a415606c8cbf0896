/** What a site is made of, as pure functions of what was seen. */
import type { ConfigMap, Deployment } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { setCondition, withController } from '@orrery/reconciler';
import type { Clock } from '@orrery/machinery/clock';
import { group, type Website } from './kind.ts';

/** A ConfigMap with this label says in `text` what stands below every page of its namespace. */
export const bannerLabel = `${group}/banner`;

const port = 8080;

/** The parts of a site, to be applied. `banners` are those of its namespace. */
export function partsOf(site: Website, banners: readonly ConfigMap[]) {
  const pages = pagesOf(site, banners);
  return {
    pages: part(site, { apiVersion: 'v1', kind: 'ConfigMap', data: pages }),
    deployment: part(site, { apiVersion: 'apps/v1', kind: 'Deployment', spec: deploymentSpec(site, digestOf(pages)) }),
    service: part(site, {
      apiVersion: 'v1',
      kind: 'Service',
      spec: { selector: labelsOf(site), ports: [{ name: 'http', port: 80, targetPort: port }] },
    }),
  };
}

const labelsOf = ({ metadata }: Website): Record<string, string> => ({ [`${group}/site`]: metadata.name! });

/** Named like the site, owned by it: it wakes the site when it changes, and goes with it. */
const part = <T extends object>(site: Website, object: T): T & KubeObject => {
  const { name, namespace } = site.metadata;
  return withController({ ...object, metadata: { name, namespace, labels: labelsOf(site) } }, site);
};

function pagesOf({ spec }: Website, banners: readonly ConfigMap[]): Record<string, string> {
  const below = banners
    .toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))
    .map(({ data }) => `\n${data?.['text'] ?? ''}`)
    .join('');
  return Object.fromEntries(Object.entries(spec.pages).map(([name, text]) => [name, text + below]));
}

function deploymentSpec(site: Website, pages: string) {
  const { name } = site.metadata;
  const { image, replicas } = site.spec;
  const container = {
    ...{ name: 'web', image, imagePullPolicy: 'IfNotPresent', command: ['httpd', '-f', '-p', `${port}`, '-h', '/www'] },
    ports: [{ containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    volumeMounts: [{ name: 'pages', mountPath: '/www' }],
  };
  return {
    replicas,
    selector: { matchLabels: labelsOf(site) },
    template: {
      // Other pages make other pods: a site changes as a whole.
      metadata: { labels: labelsOf(site), annotations: { [`${group}/pages`]: pages } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [container],
        volumes: [{ name: 'pages', configMap: { name } }],
      },
    },
  };
}

/** 32 bits (FNV-1a): enough to tell one set of pages from the one before. */
function digestOf(value: unknown): string {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(value)) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16);
}

/** What the site says of itself. */
export function statusOf(
  { metadata, spec, status }: Website,
  deployment: Deployment | undefined,
  clock: Pick<Clock, 'now'>,
): NonNullable<Website['status']> {
  const observedGeneration = metadata.generation;
  const { readyReplicas = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  const isReady = readyReplicas >= (spec.replicas ?? 0) && updatedReplicas >= (spec.replicas ?? 0);
  const condition = {
    ...{ type: 'Ready', status: isReady ? 'True' : 'False', observedGeneration },
    reason: isReady ? 'Serving' : 'Starting',
    message: `${readyReplicas} of ${spec.replicas} replicas are ready`,
  };
  return { observedGeneration, readyReplicas, conditions: setCondition(status?.conditions, condition, clock) };
}
