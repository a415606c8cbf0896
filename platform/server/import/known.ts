/** What there is in an installation that other things may refer to: told once, asked by everything that is translated. */
import type { KubeObject } from '@orrery/machinery/meta';
import {
  labels,
  systemNamespaces,
  systemWorkspace,
  type PlatformRole,
  type RoleTemplate,
} from '@orrery/platform-kinds';
import { isReserved } from '../identity/caller.ts';
import { createCatalogue, templateObjects, type Catalogue } from '../roles/catalogue.ts';
import type { RoleScope } from '../roles/templates.data.ts';
import { splitRules } from './beyond.ts';
import { cleanMeta } from './clean.ts';
import type { Snapshot, Wish } from './shapes.ts';

export const builtIn = {
  global: ['platform-admin', 'platform-self-provisioner', 'platform-regular'],
  cluster: ['cluster-admin', 'cluster-viewer'],
  workspace: ['admin', 'viewer', 'regular', 'self-provisioner'],
  namespace: ['admin', 'operator', 'viewer'],
} as const satisfies Partial<Record<RoleScope, readonly string[]>>;

/** What everybody may do; Orrery says so itself. */
export const hidden: readonly string[] = ['anonymous', 'authenticated', 'pre-registration'];

export interface Known {
  readonly source: Snapshot;
  readonly users: ReadonlySet<string>;
  /** Departments. */
  readonly groups: ReadonlySet<string>;
  readonly workspaces: ReadonlySet<string>;
  /** Projects of people, with their workspaces. */
  readonly projects: ReadonlyMap<string, string>;
  /** The same of DevOps projects, by the namespaces that they are. */
  readonly devops: ReadonlyMap<string, string>;
  readonly catalogue: Catalogue;
  /** Templates that are not Orrery's. */
  readonly templates: readonly Wish[];
}

export const labelOf = ({ metadata }: KubeObject, label: string): string => metadata.labels?.[label] ?? '';

export const isTemplate = (object: KubeObject): boolean =>
  labelOf(object, labels.roleTemplate) === 'true' || object.metadata.name?.startsWith('role-template-') === true;

export const isDevOps = (namespace: KubeObject): boolean => labelOf(namespace, labels.devops) !== '';

const isPlaceOf =
  (name: string) =>
  (namespace: KubeObject): boolean =>
    namespace.metadata.name === name && labelOf(namespace, labels.devops) === name;

/** Names that no account can have. */
export const isAccountName = (name: string): boolean => !isReserved(name) && name.length <= 63;

/** `platform-self-provisioner` of workspace `w` is called `w-self-provisioner`. */
export const builtInOfWorkspace = (workspace: string): string[] =>
  builtIn.workspace.map(role => `${workspace}-${role}`);

const names = (objects: readonly KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name ?? '');

export function knownOf(source: Snapshot): Known {
  const workspaces = new Set(
    [...names(source.workspacetemplates), ...names(source.workspaces)].filter(name => name !== systemWorkspace),
  );
  const projects = new Map(
    source.namespaces
      .filter(namespace => !isDevOps(namespace) && !systemNamespaces.includes(namespace.metadata.name ?? ''))
      .map(namespace => [namespace.metadata.name ?? '', labelOf(namespace, labels.workspace)] as const)
      .filter(([, workspace]) => workspaces.has(workspace)),
  );
  const templates = customTemplates(source);
  const devops = new Map(
    source.devopsprojects
      .map(project => [project.metadata.name ?? '', labelOf(project, labels.workspace)] as const)
      .filter(([name, workspace]) => workspaces.has(workspace) && source.namespaces.some(isPlaceOf(name))),
  );
  return {
    source,
    users: new Set(names(source.users).filter(isAccountName)),
    groups: new Set(names(source.groups)),
    workspaces,
    projects,
    devops,
    catalogue: createCatalogue([...templateObjects(), ...templates.map(({ object }) => object as RoleTemplate)]),
    templates,
  };
}

const scopesOf: readonly (readonly [RoleScope, (source: Snapshot) => readonly PlatformRole[]])[] = [
  ['global', ({ globalroles }) => globalroles],
  ['cluster', ({ clusterroles }) => clusterroles],
  ['workspace', ({ workspaceroles }) => workspaceroles],
  ['namespace', ({ roles }) => roles],
];

/** 4.x has objects of their own for templates; in 3.x they are roles with a label. Those that Orrery has too stay behind. */
function customTemplates(source: Snapshot): Wish[] {
  const ours = createCatalogue(templateObjects());
  const found = new Map<string, Wish>();
  const take = (scope: RoleScope, template: KubeObject, spec: RoleTemplate['spec']) => {
    const name = template.metadata.name ?? '';
    if (ours.find(scope, name) || found.has(name) || isBasic(name)) return;
    const { kept, beyond } = splitRules(scope, spec.rules ?? []);
    const { namespace: _left, ...metadata } = cleanMeta(template, {
      labels: { [labels.scope]: scope, [labels.roleTemplate]: 'true' },
    });
    found.set(name, {
      kind: 'roletemplates',
      object: { metadata, spec: { ...spec, rules: kept } } as KubeObject,
      changes: beyond.length > 0 ? [beyondText(beyond)] : [],
    });
  };
  for (const template of source.roletemplates as readonly RoleTemplate[]) {
    const scope = labelOf(template, labels.scope);
    if (isScope(scope)) take(scope, template, template.spec);
  }
  const devops = new Set(source.namespaces.filter(isDevOps).map(({ metadata }) => metadata.name));
  for (const [scope, rolesOf] of scopesOf)
    for (const role of rolesOf(source).filter(isTemplate)) {
      const { namespace, annotations: said } = role.metadata;
      const alias = said?.['kubesphere.io/alias-name'];
      // Each namespace has them all again.
      take(namespace !== undefined && devops.has(namespace) ? 'devops' : scope, role, {
        ...(alias && { displayName: { en: alias } }),
        rules: role.rules ?? [],
      });
    }
  return [...found.values()];
}

/** 3.x's hidden one, which every custom role has here without naming it. */
export const isBasic = (template: string): boolean => /(^|-)view-basic$/.test(template);

export const isScope = (scope: string): scope is RoleScope =>
  ['global', 'cluster', 'workspace', 'namespace', 'devops'].includes(scope);

const shownMax = 8;
/** Said of roles and templates that would give more than anybody may be given by them. */
export const beyondText = (beyond: readonly string[]): string => {
  const unique = [...new Set(beyond)];
  const more = unique.length > shownMax ? ` and ${unique.length - shownMax} more` : '';
  return `left out, since roles here cannot give it: ${unique.slice(0, shownMax).join(', ')}${more}`;
};
