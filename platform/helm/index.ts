/** Helm 3 in TypeScript: charts, their templates, and releases as `helm` stores them. */
export * from './errors.ts';
export * from './types.ts';
