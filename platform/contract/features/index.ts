/** The routes of the built-in features, each in its file. Only this list knows them all. */
export { audit, type AuditEvent } from './audit.ts';
export { clusters, type Cluster } from './clusters.ts';
export { components } from './components.ts';
export { departments, type DepartmentMember } from './departments.ts';
export { oauth, type TokenReview } from './oauth.ts';
export { operations } from './operations.ts';
export { overview } from './overview.ts';
export { platform, type AccessReview } from './platform.ts';
export { providers } from './providers.ts';
export { registries } from './registries.ts';
export { quotas } from './quotas.ts';
export { resources } from './resources.ts';
export { roles, type Member } from './roles.ts';
export { search } from './search.ts';
export { stream } from './stream.ts';
export { tenancy } from './tenancy.ts';
export { terminal, type Recording } from './terminal.ts';
export { users } from './users.ts';
