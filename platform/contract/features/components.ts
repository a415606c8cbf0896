/** How the parts of the system are: services with their pods, and nodes. */
import { at, grant } from '../route.ts';
import { integer, list, map, record, text } from '../schema.ts';

const route = at('components');
const versions = ['v1alpha3', 'v1alpha2'] as const;
const paths = <const P extends string>(path: P) =>
  versions.map(version => `/kapis/resources.kubesphere.io/${version}${path}` as const);

/** A Service with a selector in a namespace of the system, and how many of the pods behind it are ready. */
const component = record({
  name: text(),
  namespace: text(),
  selfLink: text(),
  label: map(text()),
  startedAt: text(),
  totalBackends: integer(),
  healthyBackends: integer(),
});

const see = grant('platform', 'list', 'resources.kubesphere.io', 'components');

export const components = {
  list: route('components.list', 'GET', paths('/components'), 'All components and their health', see, {
    answer: list(component),
  }),
  get: route('components.get', 'GET', paths('/components/{component}'), 'The health of one component', see, {
    answer: component,
    errors: [404],
  }),
  health: route('components.health', 'GET', paths('/componenthealth'), 'Components and nodes that are well', see, {
    answer: record({
      kubesphereStatus: list(component),
      nodeStatus: record({ totalNodes: integer(), healthyNodes: integer() }),
    }),
  }),
};
