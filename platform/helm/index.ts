/** Helm 3 in TypeScript: charts, their templates, and releases as `helm` stores them. */
export { filesOfArchive } from './chart/archive.ts';
export { chartOf, readChart } from './chart/chart.ts';
export * from './errors.ts';
export { compareVersions, isInRange, parseVersion } from './functions/semver.ts';
export { releases } from './release/releases.ts';
export { renderRelease } from './render/render.ts';
export * from './types.ts';
