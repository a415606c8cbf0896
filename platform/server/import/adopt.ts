/** Adopting an installation where it stands: built-in roles that KubeSphere made follow Orrery's from then on. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels } from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation } from '../access/materialise.ts';
import { managerBinding, projectSource, templateSource } from '../tenancy/plan.ts';
import { builtIn, builtInOfWorkspace, labelOf, type Known } from './known.ts';
import type { Kind, Wish } from './shapes.ts';

/** How an adopted thing is told. */
export const follows = 'is kept by Orrery from now on, with the rights that it has there';

const marked = (kind: Kind, { metadata: { name, namespace } }: KubeObject, source: string): Wish => ({
  kind,
  object: {
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels: { ...managedBy },
      annotations: { [sourceAnnotation]: source },
    },
  },
  changes: [follows],
});

/** Marks: what Orrery's controllers know their own things by. Nothing is taken away. */
export function adoptions(known: Known): Wish[] {
  const { source } = known;
  const managers = new Map(
    source.workspacetemplates.map(template => [
      template.metadata.name ?? '',
      (template as { spec?: { template?: { spec?: { manager?: string } } } }).spec?.template?.spec?.manager ?? '',
    ]),
  );
  const workspaceOf = (object: KubeObject) => labelOf(object, labels.workspace);
  const isIn = (object: KubeObject) => known.workspaces.has(workspaceOf(object));
  return [
    ...source.workspaces
      .filter(({ metadata }) => known.workspaces.has(metadata.name ?? ''))
      .map(workspace => marked('workspaces', workspace, templateSource(workspace.metadata.name!))),
    ...source.workspaceroles
      .filter(role => isIn(role) && builtInOfWorkspace(workspaceOf(role)).includes(role.metadata.name ?? ''))
      .map(role => marked('workspaceroles', role, templateSource(workspaceOf(role)))),
    ...source.workspacerolebindings
      .filter(
        binding =>
          isIn(binding) &&
          binding.metadata.name === managerBinding(workspaceOf(binding), managers.get(workspaceOf(binding)) ?? ''),
      )
      .map(binding => marked('workspacerolebindings', binding, templateSource(workspaceOf(binding)))),
    ...source.roles.flatMap(role => {
      const { name = '', namespace = '', annotations: said } = role.metadata;
      if (!known.projects.has(namespace) && !known.devops.has(namespace)) return [];
      if ((builtIn.namespace as readonly string[]).includes(name))
        return [marked('roles', role, projectSource(namespace))];
      // The platform's own object of this name is made beside it, and it follows from that.
      return said?.[annotations.aggregated] === undefined
        ? []
        : [marked('roles', role, `iamroles/${namespace}/${name}`)];
    }),
  ];
}
