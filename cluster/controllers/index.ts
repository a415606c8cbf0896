/** The kube-controller-manager: all controllers behind one leader election. */
import { runWithLeaderElection, type ComponentContext, type ElectionOptions } from '@orrery/reconciler';
import type { UserInfo } from '@orrery/http';
import { bootstrapSigner } from './bootstrap-signer/run.ts';
import { nodeCertificatesController } from './certificates/nodes-run.ts';
import { approvingController, cleanerController, signingController } from './certificates/run.ts';
import { clusterRoleAggregationController } from './clusterrole-aggregation/run.ts';
import { cronJobController } from './cronjob/run.ts';
import { daemonSetController } from './daemonset/run.ts';
import { deploymentController } from './deployment/run.ts';
import { disruptionController } from './disruption/run.ts';
import { endpointsController } from './endpoints/run.ts';
import { endpointSliceController } from './endpointslice/run.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/run.ts';
import { garbageCollector } from './garbage-collector/run.ts';
import { jobController, ttlAfterFinishedController } from './job/run.ts';
import { kubernetesServiceController } from './kubernetes-service/run.ts';
import { legacyTokenCleaner } from './legacy-tokens/run.ts';
import { namespaceController } from './namespace/run.ts';
import { nodeDnsController } from './node-dns/run.ts';
import { nodeIpamController } from './node-ipam/run.ts';
import { nodeLifecycleController } from './node-lifecycle/run.ts';
import { nodeTtlController } from './node-ttl/run.ts';
import { podGarbageCollector } from './pod-garbage/run.ts';
import { policyStatusController } from './policy-status/run.ts';
import { replicaSetController, replicationControllerController } from './replicaset/run.ts';
import { resourceQuotaController } from './resourcequota/run.ts';
import { rootCaPublisher } from './root-ca-publisher/run.ts';
import { serviceAccountController } from './serviceaccount/run.ts';
import { serviceAccountTokenController, tokenCleanerController } from './serviceaccount/tokens.ts';
import { statefulSetController } from './statefulset/run.ts';
import {
  attributesClassProtectionController,
  claimProtectionController,
  volumeProtectionController,
} from './storage-protection/run.ts';
import { taintEvictionController } from './taint-eviction/run.ts';
import type { Controller, ControllersOptions } from './types.ts';

export type { CertificateAuthority, Controller, ControllersOptions } from './types.ts';

export const controllers: readonly Controller[] = [
  kubernetesServiceController,
  serviceAccountController,
  serviceAccountTokenController,
  tokenCleanerController,
  bootstrapSigner,
  legacyTokenCleaner,
  rootCaPublisher,
  clusterRoleAggregationController,
  namespaceController,
  garbageCollector,
  nodeIpamController,
  nodeDnsController,
  nodeLifecycleController,
  nodeTtlController,
  taintEvictionController,
  podGarbageCollector,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  replicaSetController,
  replicationControllerController,
  deploymentController,
  daemonSetController,
  statefulSetController,
  jobController,
  ttlAfterFinishedController,
  cronJobController,
  disruptionController,
  claimProtectionController,
  volumeProtectionController,
  attributesClassProtectionController,
  resourceQuotaController,
  policyStatusController,
  approvingController,
  nodeCertificatesController,
  signingController,
  cleanerController,
];

/** The Lease that says which of several controller managers is at work. */
export const leaseName = 'kube-controller-manager';

/** Who a controller is to the API server. */
export function identityOf({ serviceAccount }: Controller): UserInfo {
  if (serviceAccount === undefined)
    return { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
  return {
    name: `system:serviceaccount:kube-system:${serviceAccount}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  };
}

/** Contends for the lease and runs all controllers while holding it. Resolves once `ctx.signal` aborted and all have ended. */
export const startControllers = (
  ctx: ComponentContext,
  options: ControllersOptions,
  election?: ElectionOptions,
): Promise<void> =>
  runWithLeaderElection(ctx, leaseName, signal => runControllers({ ...ctx, signal }, options), election);

/** Runs all controllers without an election, until the context's signal aborts. */
export async function runControllers(ctx: ComponentContext, options: ControllersOptions): Promise<void> {
  const enabled = controllers.filter(({ name }) => !options.disabled?.includes(name));
  await Promise.all(
    enabled.map(controller => {
      const client = options.clientFor?.(identityOf(controller)) ?? ctx.client;
      return controller.start({ ...ctx, client, log: ctx.log.with({ controller: controller.name }) }, options);
    }),
  );
}
