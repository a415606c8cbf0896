/** Credentials for kubectl and other programs that speak to clusters. */
import { groups } from '@orrery/platform-kinds';
import { done } from '../list.ts';
import { at, grant, login } from '../route.ts';
import { integer, oneOf, optional, record } from '../schema.ts';

const route = at('kubeconfig');
/** KubeSphere 3.x and 4.x have it at the same place. */
const paths = ['/kapis/resources.kubesphere.io/v1alpha2/users/{user}/kubeconfig'] as const;

export const kubeconfig = {
  get: route(
    'kubeconfig.get',
    'GET',
    paths,
    'A new kubeconfig of the user’s own, for all clusters that he sees: with it he may do there what he may do here',
    login,
    {
      query: record({ expirationSeconds: optional(integer(60)), for: optional(oneOf('people', 'pods')) }),
      errors: [409],
    },
  ),
  revoke: route(
    'kubeconfig.revoke',
    'DELETE',
    paths,
    'Ends all kubeconfigs of a user',
    grant('platform', 'update', groups.iam, 'users/password', { name: 'user', self: 'user' }),
    { answer: done, errors: [404] },
  ),
};
