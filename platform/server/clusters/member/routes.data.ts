/** Which routes a member answers, by what they are about. Whatever is of the platform as a whole is the same below every cluster: the host answers it. */

/** Features all of whose routes are of one cluster. */
const ofOneCluster: ReadonlySet<string> = new Set([
  'components',
  'isolation',
  'operations',
  'overview',
  'registries',
  'resources',
  'search',
  'stream',
]);

/** Of other features these. */
const alsoOfOneCluster: ReadonlySet<string> = new Set([
  'platform.accessReview',
  'platform.accessReviews',
  'roles.clusterRoles',
  'roles.clusterRole',
  'roles.createClusterRole',
  'roles.updateClusterRole',
  'roles.patchClusterRole',
  'roles.deleteClusterRole',
  'roles.projectRoles',
  'roles.projectRole',
  'roles.createProjectRole',
  'roles.updateProjectRole',
  'roles.patchProjectRole',
  'roles.deleteProjectRole',
  'roles.missingTemplates',
  'roles.clusterMembers',
  'roles.addClusterMembers',
  'roles.clusterMember',
  'roles.updateClusterMember',
  'roles.removeClusterMember',
  'roles.clusterMemberRoles',
  'roles.projectMembers',
  'roles.addProjectMembers',
  'roles.projectMember',
  'roles.updateProjectMember',
  'roles.removeProjectMember',
  'roles.projectMemberRoles',
  'tenancy.projects',
  'tenancy.workspaceProjects',
  'tenancy.memberProjects',
  'tenancy.createProject',
  'tenancy.project',
  'tenancy.projectByName',
  'tenancy.updateProject',
  'tenancy.patchProject',
  'tenancy.moveProject',
  'tenancy.deleteProject',
  'terminal.exec',
  'terminal.node',
  'terminal.downloadFile',
  'terminal.uploadFile',
  'terminal.recordings',
  'terminal.recording',
  'terminal.cast',
  'terminal.deleteRecording',
]);

/** Whether a route is about the cluster that it is asked of. */
export const isOfOneCluster = ({ id, feature }: { readonly id: string; readonly feature: string }): boolean =>
  ofOneCluster.has(feature) || alsoOfOneCluster.has(id);

/** Features whose controllers run in members as they do on the host. Those of roles and workspaces are others there. */
export const keepThemselves: ReadonlySet<string> = new Set(['isolation', 'operations', 'terminal']);

/** What only the host has, with a sentence for who asks a member for it. */
export const notInMembers: Readonly<Record<string, string>> = {
  devops: 'DevOps projects are on the host cluster',
  quotas: 'quotas of workspaces are kept on the host cluster',
  'departments.giveProjectRoles': 'departments have roles in projects of the host cluster',
  'departments.takeProjectRole': 'departments have roles in projects of the host cluster',
  'departments.projectRoles': 'departments have roles in projects of the host cluster',
};
