/** Helm 3 in TypeScript: charts, their templates, and releases as `helm` stores them. */
export { chartOf, readChart } from './chart/chart.ts';
export * from './errors.ts';
export { renderRelease } from './render/render.ts';
export * from './types.ts';
