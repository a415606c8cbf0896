/** The API server: `createApiServer` over any store. */
export { createApiServer } from './server.ts';
export type { ApiServer, ApiServerOptions } from './server.ts';
export type * from './types.ts';
export { jsonParses } from './registry/json.ts';
