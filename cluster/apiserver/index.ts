/** The API server: `createApiServer` over any store, and the security half that is plugged into it. */
export { createApiServer } from './server.ts';
export type { ApiServer, ApiServerOptions } from './server.ts';
export { createSecurity, securityParts } from './security.ts';
export type { Security, SecurityOptions } from './security.ts';
export type { AuditBackend, AuditOptions } from './chain/audit.ts';
export type { AuditLevel, AuditPolicy, AuditRule } from './chain/audit-policy.ts';
export type { InFlightLimits } from './fairness/filter.ts';
export type { Transports } from './proxy/connect.ts';
export type { AggregatedPlace, AggregatedTransport } from './aggregation/reach.ts';
export type { WebhookPlace, WebhookTransport } from './callout/callout.ts';
export type { OpenApiSource } from './serve/openapi.ts';
export { kubernetesVersion } from './serve/version.ts';
export { jsonParses } from './registry/json.ts';
export type * from './types.ts';
