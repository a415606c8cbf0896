/** What the bundler asks of the generator. */
export { buildData } from './build.ts';
