/** Network isolation of projects: exceptions are objects of the cluster's own API, and listed here so that pages can follow them. */
import { groups } from '@orrery/platform-kinds';
import type { NamespaceNetworkPolicy } from '@orrery/platform-kinds';
import { listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import { object } from '../schema.ts';

const route = below('isolation', groups.network, ['v1alpha1']);

export const isolation = {
  exceptions: route(
    'isolation.exceptions',
    'GET',
    '/namespaces/{namespace}/namespacenetworkpolicies',
    'Whom a project lets through beside itself',
    grant('project', 'list', groups.network, 'namespacenetworkpolicies'),
    {
      query: listQuery,
      openQuery: true,
      answer: pageOf(object<NamespaceNetworkPolicy>('NamespaceNetworkPolicy')),
    },
  ),
};
