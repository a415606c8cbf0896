/** The web console: files for browsers, served at every address that is no API's. */
import type { Feature } from '../feature.ts';
import { createPages } from './pages.ts';

const manifest = {
  name: 'console',
  summary: 'The web console',
  routes: {},
  kinds: [],
  menus: [],
  needs: ['oauth'],
} as const;

export const webConsole: Feature = {
  manifest,
  start: ({ console: assets, random, settings }) => ({
    handlers: {},
    pages: createPages({ assets, random, settings }),
  }),
};
