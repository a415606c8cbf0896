/** The root CA publisher: every namespace holds the cluster's CA in the ConfigMap `kube-root-ca.crt`, for pods to trust the API server. */
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Namespace } from '@orrery/kinds/types';
import { runController, watchOf } from '@orrery/reconciler';
import { semanticEqual } from '../common/equal.ts';
import { ignoreSettled, lacks } from '../serviceaccount/run.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

const mapName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

export const rootCaPublisher: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  serviceAccount: 'root-ca-cert-publisher',
  start(ctx, { rootCertificates }) {
    const namespaces = ctx.informers.of<Namespace>(resources.namespaces);
    const maps = ctx.informers.of<ConfigMap>(resources.configmaps, { fieldSelector: `metadata.name=${mapName}` });
    const data = { 'ca.crt': rootCertificates };
    const annotations = { 'kubernetes.io/description': description };
    const sources = [
      watchOf(namespaces),
      watchOf(maps, ({ before, after }) => [(after ?? before)!.metadata.namespace!]),
    ];
    const reconcile = async (key: string) => {
      if (lacks(namespaces, maps, key, mapName)) {
        const map = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: mapName, namespace: key, annotations },
          data,
        };
        await ctx.client.create(resources.configmaps, map).catch(ignoreSettled);
        return;
      }
      const map = maps.get(`${key}/${mapName}`);
      const isTrue = semanticEqual(map?.data, data) && map?.metadata.annotations?.['kubernetes.io/description'];
      if (!map || isTrue || map.metadata.deletionTimestamp) return;
      const metadata = { ...map.metadata, annotations: { ...map.metadata.annotations, ...annotations } };
      await ctx.client.update(resources.configmaps, { ...map, metadata, data }).catch(ignoreSettled);
    };
    return runController(
      {
        name: 'root-ca-certificate-publisher-controller',
        concurrency: 5,
        sources,
        reconcile: retryingConflicts(reconcile),
      },
      ctx,
    );
  },
};
