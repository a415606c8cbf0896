/**
 * Configuration that lives in the cluster and counts as soon as it is written: Secrets of KubeSphere 4.x for programs and providers, and the
 * ConfigMap that both generations have. Whoever may write them governs the platform.
 */
import { resources } from '@orrery/client/resources';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemNamespace } from '@orrery/platform-kinds';
import type { Informer, InformerFactory } from '@orrery/reconciler';
import { parseEntry, type EgressSettings } from '../egress/policy.ts';
import { fromBase64, toBase64, type Secret } from '../identity/secrets.ts';
import { readClient, type OAuthClient } from './clients.ts';
import { fieldsAt, flagAt, listAt, readDocument, textsAt, type Fields } from './document.ts';
import { readOptions, type LoginOptions } from './options.ts';
import { readAnyProvider, type ProviderConfig } from './providers.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export interface Configuration {
  /** Those of the cluster before those that the platform was started with, by name. */
  clients(): readonly OAuthClient[];
  client(name: string): OAuthClient | undefined;
  providers(): readonly ProviderConfig[];
  /** Those that are off, too. */
  allProviders(): readonly ProviderConfig[];
  login(): LoginOptions;
  egress(): EgressSettings;
  /** What the file says under this name, for features with options of their own. */
  section(name: string): Fields;
}

export interface ConfigurationBase {
  readonly clients: readonly OAuthClient[];
  readonly login: LoginOptions;
  readonly egress: EgressSettings;
}

const typeLabel = 'config.kubesphere.io/type';
const clientType = 'oauthclient';
const providerType = 'identityprovider';
export const documentKey = 'configuration.yaml';
/** A Secret of KubeSphere 4.x as an administrator would write it. */
export const typedSecret = (type: 'identityprovider' | 'oauthclient', name: string, document: string): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `${type}-${name}`, namespace: systemNamespace, labels: { [typeLabel]: type } },
  type: `config.kubesphere.io/${type}`,
  data: { [documentKey]: toBase64(document) },
});

const fileName = 'kubesphere-config';
const fileKey = 'kubesphere.yaml';

export function createConfiguration(informers: InformerFactory, base: ConfigurationBase, log: Log): Configuration {
  const secrets = informers.of<Secret>(resources.secrets, {
    namespace: systemNamespace,
    labelSelector: `${typeLabel} in (${clientType},${providerType})`,
  });
  const files = informers.of<ConfigMap>(resources.configmaps, {
    namespace: systemNamespace,
    fieldSelector: `metadata.name=${fileName}`,
  });
  const secretsOf = (type: string): Secret[] =>
    secrets.list().filter(secret => secret.type === `config.kubesphere.io/${type}`);
  const file = (): Fields => readDocument(files.list()[0]?.data?.[fileKey] ?? '') ?? {};
  const old = () => fieldsAt(fieldsAt(file(), 'authentication'), 'oauthOptions');
  const allProviders = () => [
    ...secretsOf(providerType).map(secret => {
      const fields = documentIn(secret);
      return fields && readAnyProvider(fields, '4.x', secret.metadata.name);
    }),
    ...listAt(old(), 'identityProviders').map(fields => readAnyProvider(fields, '3.x')),
  ];
  const state = () => ({
    clients: byName([
      ...secretsOf(clientType).map(secret => {
        const fields = documentIn(secret);
        return fields && readClient(fields, '4.x', { secret: secret.metadata.name ?? '' });
      }),
      ...listAt(old(), 'clients').map(fields => readClient(fields, '3.x', 'file')),
      ...base.clients,
    ]),
    providers: byName(allProviders().filter(provider => provider?.enabled)),
    allProviders: byName(allProviders()),
    login: readOptions(file(), base.login),
    egress: readEgress(fieldsAt(file(), 'egress'), base.egress, log),
  });
  const current = remembered(state, [secrets, files]);
  return {
    clients: () => current().clients,
    client: name => current().clients.find(client => client.name === name),
    providers: () => current().providers,
    allProviders: () => current().allProviders,
    login: () => current().login,
    egress: () => current().egress,
    section: name => fieldsAt(file(), name),
  };
}

function documentIn(secret: Secret): Fields | undefined {
  const text = secret.data?.[documentKey];
  return text === undefined ? undefined : readDocument(fromBase64(text));
}

/** The first of each name. */
function byName<T extends { readonly name: string }>(items: readonly (T | undefined)[]): T[] {
  const found = new Map<string, T>();
  for (const item of items) if (item && !found.has(item.name)) found.set(item.name, item);
  return [...found.values()];
}

/** An entry that is none opens nothing; the others count. */
function readEgress(fields: Fields, base: EgressSettings, log: Log): EgressSettings {
  const allow = textsAt(fields, 'allow').filter(text => {
    try {
      parseEntry(text);
      return true;
    } catch (error) {
      log.warn('an entry of egress.allow is left out', { error });
      return false;
    }
  });
  return { allow: [...base.allow, ...allow], onlyListed: flagAt(fields, 'onlyListed') ?? base.onlyListed };
}

/** Computed when it is asked for, and again only after a change. */
function remembered<T>(compute: () => T, informers: readonly Pick<Informer, 'onChange'>[]): () => T {
  let known: { readonly value: T } | undefined;
  for (const informer of informers) informer.onChange(() => void (known = undefined));
  return () => (known ??= { value: compute() }).value;
}
