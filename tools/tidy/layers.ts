/**
 * The law of imports as one table: what each room may import. A room that is missing here may be imported by nobody.
 * `platform` and `console` never import `cluster`; components never import the store, the API server or each other.
 */
const ground = ['base/machinery', 'base/kinds', 'base/http', 'base/client', 'base/reconciler'] as const;
const component = ground;

export const layers: Readonly<Record<string, readonly string[]>> = {
  'base/machinery': [],
  'base/kinds': ['base/machinery'],
  'base/http': ['base/machinery'],
  'base/client': ['base/machinery', 'base/kinds', 'base/http'],
  'base/reconciler': ['base/machinery', 'base/kinds', 'base/http', 'base/client'],
  'cluster/store': ['base/machinery'],
  'cluster/apiserver': ['base/machinery', 'base/kinds', 'base/http', 'cluster/store'],
  'cluster/controllers': component,
  'cluster/scheduler': component,
  'cluster/node': component,
  'cluster/network': component,
  'cluster/embedded': [
    ...ground,
    'cluster/store',
    'cluster/apiserver',
    'cluster/controllers',
    'cluster/scheduler',
    'cluster/node',
    'cluster/network',
  ],
  'platform/kinds': ground,
  'platform/contract': [...ground, 'platform/kinds'],
  'platform/helm': ground,
  'platform/server': [...ground, 'platform/contract', 'platform/kinds', 'platform/helm'],
  console: ['base/machinery', 'base/kinds', 'base/http', 'base/client', 'platform/contract', 'platform/kinds'],
  cli: [...ground, 'cluster/embedded', 'platform/server', 'tools/bench'],
  'tools/gen': ['base/machinery', 'base/kinds'],
  'tools/bench': ['base/machinery', 'base/kinds', 'base/http', 'base/client', 'cluster/store'],
  'tools/soak': ['base/machinery', 'base/client'],
  'tools/build': ['tools/gen'],
  'tools/tidy': [],
  'tools/check': [],
};

/** Tests may reach for real parts of other rooms, and `test/` for all of them. */
export const testsMayImportAnything = true;

/** Rooms that also run in a browser: Node's modules only under their `node/` folder. */
export const browserRooms: readonly string[] = [...ground, 'platform/kinds', 'platform/contract', 'console'];

/**
 * Rooms with storeys: a folder imports those before it and itself. What stands beside the folders puts them together and may import all.
 */
export const storeys: Readonly<Record<string, readonly string[]>> = {
  console: ['util', 'ui', 'data', 'blocks', 'features', 'routes'],
};

/** Files of a browser room that are run by Node: what its bundler is told. */
export const toolFiles: readonly string[] = ['console/vite.config.ts'];
