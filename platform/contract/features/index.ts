/** The routes of the built-in features, each in its file. Only this list knows them all. */
export { oauth } from './oauth.ts';
export { platform, type AccessReview } from './platform.ts';
export { resources } from './resources.ts';
export { roles, type Member } from './roles.ts';
export { stream } from './stream.ts';
export { tenancy } from './tenancy.ts';
export { terminal } from './terminal.ts';
export { users } from './users.ts';
