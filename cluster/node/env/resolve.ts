/** A container's whole environment (upstream `makeEnvironmentVariables`). */
import type { ConfigMap, Container, EnvFromSource, EnvVarSource, Pod, Secret, Service } from '@orrery/kinds/types';
import { validateRelaxedEnvironmentName } from '@orrery/machinery/names';
import { namespaceOf } from '../pods/pod.ts';
import { expand } from './expand.ts';
import { podField, resourceField, type PodAddresses } from './fields.ts';
import { serviceVariables, visibleServices } from './service-links.ts';

/** Where referenced objects come from; undefined when they do not exist. */
export interface ConfigSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export interface EnvironmentInput {
  pod: Pod;
  container: Container;
  addresses: PodAddresses;
  services: readonly Service[];
  sources: ConfigSources;
  allocatable: Record<string, string>;
}

export interface Environment {
  variables: Map<string, string>;
  /** Keys of config maps and secrets that cannot be names, in upstream's words. */
  warnings: string[];
}

/** Rejects with upstream's sentence when something that is not optional is missing. */
export async function resolveEnvironment(input: EnvironmentInput): Promise<Environment> {
  const { pod, container, services } = input;
  const links = serviceVariables(visibleServices(services, namespaceOf(pod), pod.spec.enableServiceLinks ?? true));
  const serviceEnvironment = new Map(links.map(({ name, value }) => [name, value]));
  const variables = new Map<string, string>();
  const warnings: string[] = [];
  for (const source of container.envFrom ?? []) await addAll(source, input, variables, warnings);
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value) {
      variables.set(
        name,
        expand(value, other => variables.get(other) ?? serviceEnvironment.get(other)),
      );
    } else if (valueFrom) {
      const found = await valueOf(valueFrom, input);
      if (found !== undefined) variables.set(name, found);
    } else {
      variables.set(name, '');
    }
  }
  for (const [name, value] of serviceEnvironment) if (!variables.has(name)) variables.set(name, value);
  return { variables, warnings };
}

async function addAll(
  source: EnvFromSource,
  { pod, sources }: EnvironmentInput,
  variables: Map<string, string>,
  warnings: string[],
) {
  const namespace = namespaceOf(pod);
  const kind = source.configMapRef ? 'ConfigMap' : 'Secret';
  const { name = '', optional } = source.configMapRef ?? source.secretRef ?? {};
  const data =
    kind === 'ConfigMap'
      ? textsOf(await sources.configMap(namespace, name))
      : decoded(await sources.secret(namespace, name));
  if (!data && !optional) throw missing(kind, name);
  const invalid: string[] = [];
  for (const [key, value] of Object.entries(data ?? {})) {
    const variable = (source.prefix ?? '') + key;
    if (validateRelaxedEnvironmentName(variable).length > 0) invalid.push(variable);
    else variables.set(variable, value);
  }
  if (invalid.length > 0) {
    const from = `EnvFrom ${kind === 'ConfigMap' ? 'configMap' : 'secret'} ${namespace}/${name}`;
    const keys = invalid.sort().join(', ');
    warnings.push(
      `Keys [${keys}] from the ${from} were skipped since they are considered invalid environment variable names.`,
    );
  }
}

/** How a missing object is named: as upstream's cache of config maps and secrets says it. */
export const missing = (kind: 'ConfigMap' | 'Secret', name: string): Error =>
  new Error(`${kind.toLowerCase()} "${name}" not found`);

const textsOf = (configMap: ConfigMap | undefined): Record<string, string> | undefined =>
  configMap && (configMap.data ?? {});

const decoded = (secret: Secret | undefined): Record<string, string> | undefined =>
  secret &&
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );

async function valueOf(
  source: EnvVarSource,
  { pod, container, addresses, sources, allocatable }: EnvironmentInput,
): Promise<string | undefined> {
  if (source.fieldRef) return podField(pod, source.fieldRef.fieldPath, addresses);
  if (source.resourceFieldRef) {
    const { containerName } = source.resourceFieldRef;
    const other = containerName ? pod.spec.containers.find(({ name }) => name === containerName) : container;
    return resourceField(other ?? container, source.resourceFieldRef, allocatable);
  }
  const namespace = namespaceOf(pod);
  if (source.configMapKeyRef) {
    const { name = '', key, optional } = source.configMapKeyRef;
    return pick(textsOf(await sources.configMap(namespace, name)), {
      kind: 'ConfigMap',
      namespace,
      name,
      key,
      optional,
    });
  }
  if (source.secretKeyRef) {
    const { name = '', key, optional } = source.secretKeyRef;
    return pick(decoded(await sources.secret(namespace, name)), { kind: 'Secret', namespace, name, key, optional });
  }
  throw new Error('this source of an environment variable is not supported');
}

interface Pick {
  kind: 'ConfigMap' | 'Secret';
  namespace: string;
  name: string;
  key: string;
  optional?: boolean;
}

function pick(
  data: Record<string, string> | undefined,
  { kind, namespace, name, key, optional }: Pick,
): string | undefined {
  if (data === undefined && !optional) throw missing(kind, name);
  const value = data?.[key];
  if (value === undefined && !optional) throw new Error(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
  return value;
}
