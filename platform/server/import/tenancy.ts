/** Workspaces, projects, and what they may use. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  labels,
  systemWorkspace,
  type Workspace,
  type WorkspaceQuota,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { cleanMeta, nameOf } from './clean.ts';
import { isDevOps, labelOf, type Known } from './known.ts';
import type { Refusal, Wish, Wishes } from './shapes.ts';

/** This cluster is called so. */
const host = 'host';

/** A workspace that has no template (before multi-cluster) gets one. */
function templateOf(workspace: Workspace): WorkspaceTemplate {
  return { metadata: workspace.metadata, spec: { template: { spec: { ...workspace.spec } } } };
}

function translateWorkspace(known: Known, template: WorkspaceTemplate, isMade: boolean): Wish {
  const { name = '' } = template.metadata;
  const changes = isMade ? ['gets a template, which it had none'] : [];
  const { template: inner, placement, overrides } = template.spec ?? {};
  const own = known.source.workspaces.find(({ metadata }) => metadata.name === name) as Workspace | undefined;
  const manager = inner?.spec?.manager ?? own?.spec?.manager ?? '';
  const networkIsolation = inner?.spec?.networkIsolation ?? own?.spec?.networkIsolation;
  if (manager !== '' && !known.users.has(manager)) changes.push(`has no manager: ${manager} has no account`);
  const elsewhere = (placement?.clusters ?? []).map(({ name }) => name).filter(cluster => cluster !== host);
  if (elsewhere.length > 0) changes.push(`names clusters that are joined one by one: ${elsewhere.join(', ')}`);
  const spec = {
    ...(known.users.has(manager) && { manager }),
    ...(networkIsolation !== undefined && { networkIsolation }),
  };
  const marks = inner?.metadata && {
    ...(inner.metadata.labels && { labels: inner.metadata.labels }),
    ...(inner.metadata.annotations && { annotations: inner.metadata.annotations }),
  };
  const object = {
    metadata: cleanMeta(template),
    spec: {
      template: { ...(marks && { metadata: marks }), spec },
      ...(placement && { placement }),
      ...(overrides?.length && { overrides }),
    },
  };
  return { kind: 'workspacetemplates', object: object as KubeObject, changes };
}

function workspaces(known: Known): Wish[] {
  const templates = known.source.workspacetemplates as readonly WorkspaceTemplate[];
  const named = new Set(templates.map(({ metadata }) => metadata.name));
  const bare = known.source.workspaces.filter(({ metadata }) => !named.has(metadata.name));
  const isTheirs = ({ metadata }: KubeObject) => metadata.name !== systemWorkspace;
  return [
    ...templates.filter(isTheirs).map(template => translateWorkspace(known, template, false)),
    ...bare.filter(isTheirs).map(workspace => translateWorkspace(known, templateOf(workspace), true)),
  ];
}

/** Of namespaces that claim a workspace; of others nothing is said. */
function projects(known: Known): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const namespace of known.source.namespaces) {
    const { name = '' } = namespace.metadata;
    const claimed = labelOf(namespace, labels.workspace);
    const workspace = known.projects.get(name);
    if (workspace !== undefined) {
      const settled = { annotations: { [annotations.settledIn]: workspace } };
      const federated = namespace.metadata.labels?.['kubesphere.io/kubefed-host-namespace'] !== undefined;
      wishes.push({
        kind: 'namespaces',
        object: { metadata: cleanMeta(namespace, settled) },
        changes: federated ? ['was in several clusters: here it is in this one'] : [],
      });
    } else if (isDevOps(namespace))
      refusals.push({
        kind: 'namespaces',
        name,
        why: 'is the working place of a DevOps project, which is not brought',
      });
    else if (claimed !== '' && claimed !== systemWorkspace)
      refusals.push({ kind: 'namespaces', name, why: `its workspace "${claimed}" is not there` });
  }
  return { wishes, refusals };
}

function quotas(known: Known): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const quota of known.source.workspaceQuotas as readonly WorkspaceQuota[]) {
    const workspace = quota.spec?.selector?.[labels.workspace] ?? '';
    if (!known.workspaces.has(workspace)) {
      refusals.push({ kind: 'workspaceQuotas', name: nameOf(quota), why: 'selects no workspace that is there' });
      continue;
    }
    const object = { metadata: cleanMeta(quota), spec: quota.spec };
    wishes.push({ kind: 'workspaceQuotas', object: object as KubeObject, changes: [] });
  }
  for (const kind of ['resourcequotas', 'limitranges'] as const)
    for (const quota of known.source[kind] as readonly (KubeObject & { spec?: object })[]) {
      // What namespaces of nobody may use is no part of a tenancy.
      if (!known.projects.has(quota.metadata.namespace ?? '')) continue;
      wishes.push({ kind, object: { metadata: cleanMeta(quota), spec: quota.spec } as KubeObject, changes: [] });
    }
  return { wishes, refusals };
}

export function translateTenancy(known: Known): Wishes {
  const parts = [{ wishes: workspaces(known), refusals: [] }, projects(known), quotas(known)];
  return { wishes: parts.flatMap(({ wishes }) => wishes), refusals: parts.flatMap(({ refusals }) => refusals) };
}
