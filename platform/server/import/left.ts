/** What stays behind is told, kind by kind: nothing of an installation is passed over in silence. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import { fieldsAt, listAt, readDocument, textAt, type Fields } from '../config/document.ts';
import { documentKey } from '../config/configuration.ts';
import { fromBase64, type Secret } from '../identity/secrets.ts';
import { linkedIdentities } from '../users/identities.ts';
import type { Known } from './known.ts';
import { reasons } from './left.data.ts';
import { kindFacts } from './kinds.ts';
import type { Left, Line } from './shapes.ts';

interface Definition extends KubeObject {
  spec: { group: string; names: { kind: string; plural: string }; versions: { name: string; served: boolean }[] };
}

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const isTheirs = (group: string): boolean => /(^|\.)kubesphere\.io$|\.kubefed\.io$|^app\.k8s\.io$/.test(group);
const brought = new Set(Object.values(kindFacts).map(({ resource }) => `${resource.resource}.${resource.group}`));

/** How many objects there are of each kind of KubeSphere's that no import brings, and what is configured in its own namespace. */
export async function readLeft(client: Client): Promise<Left[]> {
  const found: Left[] = [];
  const { items } = await client.list<Definition>(definitions);
  for (const { spec } of items) {
    const { group, names, versions } = spec;
    const version = versions.find(({ served }) => served)?.name;
    if (!isTheirs(group) || brought.has(`${names.plural}.${group}`) || version === undefined) continue;
    // A definition that is going, or whose conversion answers no longer, is no reason to bring nothing.
    const list = client.list({ group, version, resource: names.plural }, { limit: 1 });
    const page = await list.catch(() => undefined);
    const count = (page?.items.length ?? 0) + (page?.metadata.remainingItemCount ?? 0);
    if (page === undefined || count > 0) found.push({ kind: names.kind, group, count: page && count });
  }
  return [...found, ...(await readConfigured(client))];
}

type Configured = 'IdentityProvider' | 'OAuthClient';
const configured = (kind: Configured, name: string): Left => ({ kind, group: '', name });

/** Of Secrets and of the file only names are read. */
async function readConfigured(client: Client): Promise<Left[]> {
  try {
    const labelSelector = 'config.kubesphere.io/type in (identityprovider,oauthclient)';
    const { items } = await client.list<Secret>(resources.secrets, { namespace: systemNamespace, labelSelector });
    const named = items.map(({ type, metadata, data }) =>
      configured(
        type === 'config.kubesphere.io/oauthclient' ? 'OAuthClient' : 'IdentityProvider',
        textAt(readDocument(fromBase64(data?.[documentKey] ?? '')) ?? {}, 'name') ?? metadata.name ?? '',
      ),
    );
    const at = { namespace: systemNamespace };
    const file = await orUndefined(client.get(resources.configmaps, 'kubesphere-config', at));
    const text = (file as { data?: Record<string, string> } | undefined)?.data?.['kubesphere.yaml'] ?? '';
    const options: Fields = fieldsAt(fieldsAt(readDocument(text) ?? {}, 'authentication'), 'oauthOptions');
    const inFile = (field: string, kind: Configured) =>
      listAt(options, field).map(fields => configured(kind, textAt(fields, 'name') ?? ''));
    return [...named, ...inFile('identityProviders', 'IdentityProvider'), ...inFile('clients', 'OAuthClient')];
  } catch (error) {
    if (!isReason(error, 'Forbidden')) throw error;
    return [configured('IdentityProvider', '')];
  }
}

const line = (kind: string, name: string, why: string): Line => ({
  ...{ kind, name, why },
  verdict: 'not brought',
  action: 'none',
});

const people = (count: number): string => (count === 1 ? '1 account logs in by it' : `${count} accounts log in by it`);

/** In place all of this stays as it is, so nothing is said. */
export function linesOfLeft({ source, projects, devops }: Known): Line[] {
  const { left = [], users } = source;
  const lines: Line[] = [];
  const places = projects.size + devops.size;
  if (places > 0) {
    const name = places === 1 ? '(in 1 project)' : `(in ${places} projects)`;
    lines.push(line('Workload', name, 'what runs and is kept in projects is moved by a tool for backups'));
  }
  const providers = new Map<string, number>();
  for (const { kind, name = '' } of left) if (kind === 'IdentityProvider') providers.set(name, 0);
  for (const user of users)
    for (const { provider } of linkedIdentities(user)) providers.set(provider, (providers.get(provider) ?? 0) + 1);
  for (const [name, count] of providers) {
    const why = count > 0 ? `${people(count)}: configure one of this name here` : 'is configured here again';
    lines.push(name === '' ? line('IdentityProvider', '(unknown)', mayNotRead) : line('IdentityProvider', name, why));
  }
  for (const { kind, group, name, count } of left) {
    if (kind === 'IdentityProvider') continue;
    if (kind === 'OAuthClient') {
      // Every installation has the console's own.
      if (name !== 'kubesphere' && name !== 'console')
        lines.push(line(kind, name ?? '', 'is made here again, with a secret of its own'));
      continue;
    }
    const why = reasons.find(({ of }) => of.test(`${kind}.${group}`))?.why ?? '';
    if (why !== '') lines.push(line(kind, count === undefined ? '(unknown)' : `(${count})`, why));
  }
  return lines;
}

const mayNotRead = 'this kubeconfig may not read how people log in there';
