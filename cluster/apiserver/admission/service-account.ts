/** Every pod has a service account, and its token where it wants it. */
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { nameSuffix } from '@orrery/machinery/random';
import type { Container, Pod, PodSpec, Projection, Volume } from '../authorization/pod-references.ts';
import { isMirror, secretNames } from '../authorization/pod-references.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts';
import { refuse } from './refuse.ts';

interface ServiceAccount extends KubeObject {
  secrets?: readonly { readonly name?: string }[];
  imagePullSecrets?: readonly { readonly name?: string }[];
  automountServiceAccountToken?: boolean;
}

export interface ServiceAccountOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
}

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';

/** What pods mount: a token for an hour (and seven seconds, by which the API knows it), the cluster's authority, the namespace. */
const tokenSources = (): Projection[] => [
  { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
];

/** Adds the token volume and its mounts to the containers that have nothing at its place. */
export function mountToken(spec: PodSpec, random: Random): void {
  const known = spec.volumes?.find(volume => volume.name.startsWith(volumePrefix));
  const name = known?.name ?? volumePrefix + nameSuffix(random);
  const wanting = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(
    container => !container.volumeMounts?.some(mount => mount.mountPath === mountPath),
  );
  for (const container of wanting)
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  if (known || wanting.length === 0) return;
  const volume: Volume = { name, projected: { sources: tokenSources(), defaultMode: 420 } };
  spec.volumes = [...(spec.volumes ?? []), volume];
}

/** The default account appears a moment after its namespace: asked for again before giving up, as upstream does. */
async function accountOf(
  attributes: AdmissionAttributes,
  name: string,
  { clock, random }: ServiceAccountOptions,
): Promise<ServiceAccount> {
  const { namespace, reads } = attributes;
  const pauseMs = 100 + Math.floor(random.float() * 100);
  for (let left = name === 'default' ? 10 : 1; left > 0; left--) {
    const found = await reads.get({ group: '', resource: 'serviceaccounts' }, namespace, name);
    if (found) return found;
    if (left > 1) await clock.sleep(pauseMs);
  }
  throw refuse(attributes, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
}

function checkMirror(attributes: AdmissionAttributes, { spec }: Pod): void {
  if (spec.serviceAccountName) throw refuse(attributes, 'a mirror pod may not reference service accounts');
  if (secretNames(spec).length > 0) throw refuse(attributes, 'a mirror pod may not reference secrets');
  if (spec.volumes?.some(volume => volume.projected?.sources?.some(source => source.serviceAccountToken)))
    throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
}

const enforcesSecrets = (account: ServiceAccount): boolean =>
  ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(
    account.metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] ?? '',
  );

function containerSecretProblem(
  container: Container,
  kind: string,
  mountable: ReadonlySet<string>,
  account: string,
): string | undefined {
  const because = `is not allowed because service account ${account} does not reference that secret`;
  for (const { name, valueFrom } of container.env ?? []) {
    const secret = valueFrom?.secretKeyRef?.name;
    if (secret !== undefined && !mountable.has(secret))
      return `${kind} ${container.name} with envVar ${name} referencing secret.secretName="${secret}" ${because}`;
  }
  for (const { secretRef } of container.envFrom ?? [])
    if (secretRef?.name !== undefined && !mountable.has(secretRef.name))
      return `${kind} ${container.name} with envFrom referencing secret.secretName="${secretRef.name}" ${because}`;
  return undefined;
}

/** Which Secret a pod may not use, for accounts that name theirs (annotation `kubernetes.io/enforce-mountable-secrets`). */
export function secretProblem(account: ServiceAccount, spec: PodSpec): string | undefined {
  const mountable = new Set((account.secrets ?? []).flatMap(secret => secret.name ?? []));
  const name = account.metadata.name ?? '';
  for (const { secret } of spec.volumes ?? [])
    if (secret && !mountable.has(secret.secretName ?? ''))
      return `volume with secret.secretName="${secret.secretName}" is not allowed because service account ${name} does not reference that secret`;
  const containers: [string, readonly Container[] | undefined][] = [
    ['init container', spec.initContainers],
    ['container', spec.containers],
  ];
  for (const [kind, list] of containers)
    for (const container of list ?? []) {
      const problem = containerSecretProblem(container, kind, mountable, name);
      if (problem) return problem;
    }
  const pull = new Set((account.imagePullSecrets ?? []).map(secret => secret.name));
  const index = (spec.imagePullSecrets ?? []).findIndex(secret => !pull.has(secret.name));
  if (index < 0) return undefined;
  const refused = spec.imagePullSecrets![index]!.name;
  return `imagePullSecrets[${index}].name="${refused}" is not allowed because service account ${name} does not reference that imagePullSecret`;
}

export function serviceAccountAdmission(options: ServiceAccountOptions): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: (operation, { group, resource }, subresource) =>
      group === '' &&
      resource === 'pods' &&
      ((operation === 'CREATE' && subresource === '') ||
        (operation === 'UPDATE' && subresource === 'ephemeralcontainers')),
    async admit(attributes) {
      if (attributes.operation !== 'CREATE') return;
      const pod = attributes.object as Pod;
      if (isMirror(pod)) return checkMirror(attributes, pod);
      const { spec } = pod;
      const name = spec.serviceAccountName || spec.serviceAccount || 'default';
      spec.serviceAccountName = name;
      spec.serviceAccount = name;
      const account = await accountOf(attributes, name, options);
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(spec, options.random);
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => ({ name: secret }));
    },
    async validate(attributes) {
      const pod = attributes.object as Pod;
      if (attributes.operation === 'CREATE' && isMirror(pod)) return checkMirror(attributes, pod);
      const name = pod.spec.serviceAccountName;
      if (!name)
        throw refuse(
          attributes,
          `no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ''}`,
        );
      const account = await accountOf(attributes, name, options);
      if (!enforcesSecrets(account)) return;
      if (attributes.operation === 'CREATE') {
        const problem = secretProblem(account, pod.spec);
        if (problem) throw refuse(attributes, problem);
        return;
      }
      const mountable = new Set((account.secrets ?? []).flatMap(secret => secret.name ?? []));
      for (const container of pod.spec.ephemeralContainers ?? []) {
        const problem = containerSecretProblem(container, 'ephemeral container', mountable, name);
        if (problem) throw refuse(attributes, problem);
      }
    },
  };
}
