/** Every route at an address, for tests that ask all of them. */
import { fillPath, type AnyRoute } from '@orrery/platform-contract';

/** What stands for the names in paths. Whatever could be deleted by asking is a name of nothing: 404 says that it was allowed. */
export const parameters = {
  user: 'bystander',
  globalrole: 'platform-regular',
  workspace: 'w1',
  workspacerole: 'w1-admin',
  clusterrole: 'cluster-viewer',
  role: 'viewer',
  department: 'staff',
  groupbinding: 'none',
  resourcequota: 'none',
  rolebinding: 'none',
  namespace: 'w1-p',
  member: 'bystander',
  resources: 'pods',
  name: 'none',
  pod: 'none',
  component: 'none',
  revision: '1',
  secret: 'none',
  recording: 'none',
  node: 'none',
  group: 'apps',
  version: 'v1',
  cluster: 'host',
  provider: 'none',
  oauthclient: 'none',
  label: 'none',
  devops: 'w1-p',
  session: 'none',
  extension: 'none',
  repository: 'none',
  plan: 'none',
};
/** Kinds that are in the group, or of the cluster. */
const valuesOf: Readonly<Record<string, Record<string, string>>> = {
  'resources.listOf': { resources: 'deployments' },
  'resources.getOf': { group: 'storage.k8s.io', resources: 'storageclasses' },
  'resources.listOfIn': { resources: 'deployments' },
  'resources.getOfIn': { resources: 'deployments' },
};
const ofNothing = {
  user: 'nothing',
  globalrole: 'nothing',
  clusterrole: 'nothing',
  workspacerole: 'nothing',
  role: 'nothing',
  department: 'nothing',
  member: 'nothing',
};

/** Its first path, filled. */
export function samplePath(route: AnyRoute): string {
  const values = {
    ...parameters,
    ...(route.method === 'DELETE' && ofNothing),
    ...(route.id === 'tenancy.deleteProject' && { workspace: 'w9' }),
  };
  return route.id === 'resources.get'
    ? '/kapis/resources.kubesphere.io/v1alpha3/nodes/none'
    : fillPath(route.paths[0]!, { ...values, ...valuesOf[route.id] });
}
