export * from './client.ts';
export { errorOf, expectSuccess } from './client-error.ts';
export { impersonating, impersonationHeaders } from './impersonate.ts';
export { asUser } from './in-process.ts';
export { pathOf, withQuery } from './path.ts';
export { retryOnConflict, retrying, type RetryOptions } from './retry.ts';
export * from './types.ts';
