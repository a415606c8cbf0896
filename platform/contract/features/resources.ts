/** Lists of native objects with paging, order and filters, each user seeing what the cluster lets them see. */
import type { KubeObject } from '@orrery/machinery/meta';
import { listQuery, pageOf } from '../list.ts';
import { below, filtered } from '../route.ts';
import { object } from '../schema.ts';

const route = below('resources', 'resources.kubesphere.io', ['v1alpha3', 'v1beta1']);
const any = object<KubeObject>('any object');
const paged = { query: listQuery, openQuery: true, answer: pageOf(any), errors: [404] } as const;

export const resources = {
  list: route('resources.list', 'GET', '/{resources}', 'Objects of the cluster, or of all projects', filtered, paged),
  get: route('resources.get', 'GET', '/{resources}/{name}', 'One object of the cluster', filtered, {
    answer: any,
    errors: [404],
  }),
  listIn: route(
    'resources.listIn',
    'GET',
    '/namespaces/{namespace}/{resources}',
    'Objects of a project',
    filtered,
    paged,
  ),
  getIn: route(
    'resources.getIn',
    'GET',
    '/namespaces/{namespace}/{resources}/{name}',
    'One object of a project',
    filtered,
    { answer: any, errors: [404] },
  ),
};
