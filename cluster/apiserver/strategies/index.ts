/** The special rules of built-in resources, by `group/resource`. A resource that is not here follows the generic rules. */
import { isDeepStrictEqual } from 'node:util';
import { definitionStrategy } from '../crd/definition-strategy.ts';
import type { ServiceAccount } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { policyBindingStrategy, validatingPolicyStrategy } from './admission-policies.ts';
import { apiServiceStrategy } from './api-services.ts';
import { signingRequestStrategy } from './certificates.ts';
import { daemonSetStrategy } from './daemonsets.ts';
import { withoutDisabled } from './disabled-fields.ts';
import { endpointSliceStrategy } from './endpoint-slices.ts';
import { eventStrategy } from './events.ts';
import { counted, countedWithStatus, statusAlone, statusOnly, textAt, withStatus } from './generic.ts';
import { jobStrategy } from './jobs.ts';
import { namespaceStrategy } from './namespaces.ts';
import { nodeStrategy } from './nodes.ts';
import { withTemplate } from './pod-templates.ts';
import { podStrategy } from './pods.ts';
import { serviceStrategy } from './services.ts';
import { claimStrategy, volumeStrategy } from './volumes.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

const returnsDeleted: Strategy = { returnsDeleted: true };
/** Unversioned objects that many writers overwrite without reading first. */
const createOnUpdate: Strategy = { allowCreateOnUpdate: true };

const deploymentStrategy: Strategy = {
  ...countedWithStatus,
  prepareForUpdate(object, old, context) {
    countedWithStatus.prepareForUpdate!(object, old, context);
    const same = isDeepStrictEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {});
    if (!same) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context);
        if (old.metadata.labels) updated.metadata.labels = old.metadata.labels;
        else delete updated.metadata.labels;
        return updated;
      },
    },
  },
};

const replicationControllerStrategy: Strategy = {
  ...countedWithStatus,
  defaultGarbageCollection: 'orphan',
  selectableFields: controller => ({ 'status.replicas': textAt(controller, 'status', 'replicas') || '0' }),
};

/** Of the secrets of an account only the names are kept. */
function keepSecretNames(object: KubeObject): void {
  const account = object as ServiceAccount;
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name ? { name } : {}));
}

const serviceAccountStrategy: Strategy = {
  ...returnsDeleted,
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
};

/** What stands for fields of the newer version is never written beside them. */
const stand = ['metrics', 'behavior', 'conditions', 'current-metrics'];

function dropStandIns({ metadata }: KubeObject): void {
  if (!metadata.annotations) return;
  for (const name of stand) delete metadata.annotations[`autoscaling.alpha.kubernetes.io/${name}`];
  if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
}

const autoscalerStrategy: Strategy = {
  ...withStatus,
  prepareForCreate: dropStandIns,
  prepareForUpdate(object, old, context) {
    dropStandIns(object);
    return withStatus.prepareForUpdate!(object, old, context);
  },
};

const aloneWithGeneration: Strategy = { ...countedWithStatus, subresources: { status: statusAlone } };

const strategies: Readonly<Record<string, Strategy>> = {
  '/pods': podStrategy,
  '/events': eventStrategy,
  '/namespaces': namespaceStrategy,
  '/nodes': nodeStrategy,
  '/services': serviceStrategy,
  '/persistentvolumes': volumeStrategy,
  '/persistentvolumeclaims': claimStrategy,
  '/replicationcontrollers': replicationControllerStrategy,
  '/resourcequotas': { ...withStatus, returnsDeleted: true },
  '/serviceaccounts': serviceAccountStrategy,
  '/podtemplates': { ...counted, returnsDeleted: true },
  '/endpoints': createOnUpdate,
  '/limitranges': createOnUpdate,
  '/secrets': { selectableFields: secret => ({ type: textAt(secret, 'type') }) },
  'apps/deployments': deploymentStrategy,
  'apps/daemonsets': daemonSetStrategy,
  'apps/replicasets': countedWithStatus,
  'apps/statefulsets': countedWithStatus,
  'batch/jobs': jobStrategy,
  'batch/cronjobs': countedWithStatus,
  'autoscaling/horizontalpodautoscalers': autoscalerStrategy,
  'policy/poddisruptionbudgets': { ...countedWithStatus, allowUnconditionalUpdate: false },
  'networking.k8s.io/ingresses': countedWithStatus,
  'networking.k8s.io/ingressclasses': counted,
  'networking.k8s.io/networkpolicies': counted,
  'networking.k8s.io/servicecidrs': withStatus,
  'certificates.k8s.io/certificatesigningrequests': signingRequestStrategy,
  'storage.k8s.io/volumeattachments': { ...withStatus, returnsDeleted: true },
  'storage.k8s.io/storageclasses': returnsDeleted,
  'storage.k8s.io/csinodes': returnsDeleted,
  'storage.k8s.io/csidrivers': { prepareForUpdate: counted.prepareForUpdate!, returnsDeleted: true },
  'coordination.k8s.io/leases': { allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
  'rbac.authorization.k8s.io/roles': createOnUpdate,
  'rbac.authorization.k8s.io/rolebindings': createOnUpdate,
  'rbac.authorization.k8s.io/clusterroles': createOnUpdate,
  'rbac.authorization.k8s.io/clusterrolebindings': createOnUpdate,
  'scheduling.k8s.io/priorityclasses': { prepareForCreate: counted.prepareForCreate! },
  'discovery.k8s.io/endpointslices': endpointSliceStrategy,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhookConfigurations,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhookConfigurations,
  'admissionregistration.k8s.io/validatingadmissionpolicies': validatingPolicyStrategy,
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': policyBindingStrategy,
  'apiextensions.k8s.io/customresourcedefinitions': definitionStrategy,
  'apiregistration.k8s.io/apiservices': apiServiceStrategy,
  'flowcontrol.apiserver.k8s.io/flowschemas': aloneWithGeneration,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': aloneWithGeneration,
  'resource.k8s.io/deviceclasses': { ...counted, returnsDeleted: true },
  'resource.k8s.io/resourceclaims': { ...withStatus, returnsDeleted: true, subresources: { status: statusAlone } },
  'resource.k8s.io/resourceclaimtemplates': returnsDeleted,
  'resource.k8s.io/resourceslices': {
    ...counted,
    returnsDeleted: true,
    selectableFields: slice => ({
      'spec.nodeName': textAt(slice, 'spec', 'nodeName'),
      'spec.driver': textAt(slice, 'spec', 'driver'),
    }),
  },
};

const generic: Strategy = {};

const served: ReadonlyMap<string, Strategy> = new Map(
  Object.entries(strategies).map(([name, strategy]) => [name, withoutDisabled(name, withTemplate(name, strategy))]),
);

export const strategyOf = (group: string, resource: string): Strategy => served.get(`${group}/${resource}`) ?? generic;
