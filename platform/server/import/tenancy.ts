/** Workspaces, projects, and what they may use. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  labels,
  systemWorkspace,
  type DevOpsProject,
  type NamespaceNetworkPolicy,
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

/** What KubeSphere and what it brings run in. */
const isOfSystem =
  /^(default|kube-|kubesphere-|kubeedge$|kubeeye-|istio-|openpitrix-|porter-|openelb-|argocd$|gatekeeper-|extension-)/;

/** Of namespaces that claim a workspace; of others nothing is said. */
function projects(known: Known, keep: boolean): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const namespace of known.source.namespaces) {
    const { name = '' } = namespace.metadata;
    const claimed = labelOf(namespace, labels.workspace);
    const workspace = known.projects.get(name) ?? known.devops.get(name);
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
        why: 'is the working place of a DevOps project that is not there',
      });
    else if (claimed === systemWorkspace) {
      if (!keep && !isOfSystem.test(name))
        refusals.push({ kind: 'namespaces', name, why: 'belongs to what the system runs in, which is made anew here' });
    } else if (claimed !== '')
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
      const { namespace = '' } = quota.metadata;
      if (!known.projects.has(namespace) && !known.devops.has(namespace)) continue;
      wishes.push({ kind, object: { metadata: cleanMeta(quota), spec: quota.spec } as KubeObject, changes: [] });
    }
  return { wishes, refusals };
}

/** DevOps projects, without what ran in them. Their members and roles are those of their namespaces. */
function devopsProjects(known: Known, keep: boolean): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const project of known.source.devopsprojects as readonly DevOpsProject[]) {
    const { name = '' } = project.metadata;
    const why = !known.workspaces.has(labelOf(project, labels.workspace))
      ? 'its workspace is not there'
      : !known.devops.has(name)
        ? 'there is no namespace of its name that is its working place'
        : undefined;
    if (why !== undefined) refusals.push({ kind: 'devopsprojects', name, why });
    else
      wishes.push({
        kind: 'devopsprojects',
        object: { metadata: cleanMeta(project), spec: project.spec ?? {} } as KubeObject,
        changes: keep ? [] : ['comes without its pipelines and credentials'],
      });
  }
  return { wishes, refusals };
}

/** With whom closed projects speak. */
function exceptions(known: Known): Wishes {
  const kind = 'namespacenetworkpolicies';
  const all = known.source[kind] as readonly NamespaceNetworkPolicy[];
  const isKnown = ({ metadata }: KubeObject) => known.projects.has(metadata.namespace ?? '');
  return {
    wishes: all.filter(isKnown).map(policy => ({
      kind,
      object: { metadata: cleanMeta(policy), spec: policy.spec } as KubeObject,
      changes: [],
    })),
    refusals: all
      .filter(policy => !isKnown(policy))
      .map(policy => ({ kind, name: nameOf(policy), why: 'its namespace is no project that is brought over' })),
  };
}

/** `keep`: in its own place what stays is not lost. */
export function translateTenancy(known: Known, keep = false): Wishes {
  const parts = [
    { wishes: workspaces(known), refusals: [] },
    projects(known, keep),
    devopsProjects(known, keep),
    exceptions(known),
    quotas(known),
  ];
  return { wishes: parts.flatMap(({ wishes }) => wishes), refusals: parts.flatMap(({ refusals }) => refusals) };
}
