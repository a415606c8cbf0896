/** Lists of native objects with paging, order and filters, each user seeing what the cluster lets them see. */
import type { KubeObject } from '@orrery/machinery/meta';
import { listQuery, pageOf } from '../list.ts';
import { at, below, filtered } from '../route.ts';
import { integer, list, object, record } from '../schema.ts';

const route = below('resources', 'resources.kubesphere.io', ['v1alpha3', 'v1beta1']);
const legacy = below('resources', 'resources.kubesphere.io', ['v1alpha2']);
const whatever = at('resources');
const any = object<KubeObject>('any object');
const paged = { query: listQuery, openQuery: true, answer: pageOf(any), errors: [404] } as const;
const legacyPaged = {
  openQuery: true,
  answer: record({ items: list(any), total_count: integer() }),
  errors: [404],
} as const;
/** Whatever else the cluster serves, below its own group. */
const ofGroup = '/kapis/{group}/{version}';

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
  listOf: whatever(
    'resources.listOf',
    'GET',
    [`${ofGroup}/{resources}`],
    'Objects of any kind that the cluster serves, by group and version',
    filtered,
    { ...paged, fallback: true },
  ),
  getOf: whatever(
    'resources.getOf',
    'GET',
    [`${ofGroup}/{resources}/{name}`],
    'One object of the cluster, by group and version',
    filtered,
    { answer: any, errors: [404], fallback: true },
  ),
  listOfIn: whatever(
    'resources.listOfIn',
    'GET',
    [`${ofGroup}/namespaces/{namespace}/{resources}`],
    'Objects of a project, by group and version',
    filtered,
    { ...paged, fallback: true },
  ),
  getOfIn: whatever(
    'resources.getOfIn',
    'GET',
    [`${ofGroup}/namespaces/{namespace}/{resources}/{name}`],
    'One object of a project, by group and version',
    filtered,
    { answer: any, errors: [404], fallback: true },
  ),
  legacyList: legacy(
    'resources.legacyList',
    'GET',
    '/{resources}',
    'The list in the words of older scripts: conditions, paging, orderBy, reverse',
    filtered,
    legacyPaged,
  ),
  legacyListIn: legacy(
    'resources.legacyListIn',
    'GET',
    '/namespaces/{namespace}/{resources}',
    'The list of a project in the words of older scripts',
    filtered,
    legacyPaged,
  ),
};
