/** Builds the console, and serves it while it is worked on: `ORRERY_PLATFORM=http://127.0.0.1:30880 npx vite` in this folder. */
import react from '@vitejs/plugin-react';
import * as jsxRuntime from 'react/jsx-runtime';
import * as React from 'react';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';
import { sharedKey, sharedModules, sharedNames } from './routes/extensions/names.data.ts';

/** A running platform, which answers everything that is not a file of the console. */
const platform = process.env['ORRERY_PLATFORM'] ?? 'http://127.0.0.1:30880';

const toPlatform: ProxyOptions = {
  target: platform,
  ws: true,
  secure: false,
  // The platform refuses what comes from another site, and through this proxy everything seems to.
  changeOrigin: false,
  // `/login` is a page as well as a place to send the password to.
  bypass: ({ headers }) => (headers.accept?.includes('text/html') ? '/index.html' : undefined),
};
const proxied = ['/api', '/apis', '/kapis', '/oauth', '/login', '/logout', '/version', '/healthz', '/dist', '/proxy'];

/** Without what is React's own business. */
const namesOf = (module: object): string[] =>
  Object.keys(module).filter(name => /^(?!default$|__|unstable_)[\w$]+$/.test(name));

/** What each module that scripts of extensions import exports. */
const exportsOf: Readonly<Record<keyof typeof sharedModules, readonly string[]>> = {
  react: namesOf(React),
  'react/jsx-runtime': namesOf(jsxRuntime),
  '@orrery/console': sharedNames,
};

/** A module that hands on what the console left for it (routes/extensions/shared.ts). */
const sharedModule = (name: keyof typeof sharedModules): string => {
  const names = exportsOf[name].join(', ');
  const found = `globalThis[Symbol.for(${JSON.stringify(sharedKey)})][${JSON.stringify(name)}]`;
  return `const shared = ${found};\nexport default shared.default ?? shared;\nexport const { ${names} } = shared;\n`;
};

const modules = new Map(
  Object.entries(sharedModules).map(([name, path]) => [
    path as string,
    sharedModule(name as keyof typeof sharedModules),
  ]),
);

/** So that scripts of extensions write `import { useState } from 'react'` and get the console's own. */
const forExtensions: Plugin = {
  name: 'extensions',
  transformIndexHtml: () => [
    {
      tag: 'script',
      attrs: { type: 'importmap' },
      children: JSON.stringify({ imports: sharedModules }),
      injectTo: 'head-prepend',
    },
  ],
  configureServer: ({ middlewares }) =>
    void middlewares.use((request, response, next) => {
      const module = modules.get(request.url ?? '');
      if (module === undefined) return next();
      response.setHeader('content-type', 'text/javascript');
      response.end(module);
    }),
  generateBundle() {
    for (const [path, source] of modules) this.emitFile({ type: 'asset', fileName: path.slice(1), source });
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), forExtensions],
  server: { proxy: Object.fromEntries(proxied.map(path => [path, toPlatform])) },
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Nothing is put into the page itself: the content security policy allows no `data:` but for pictures.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { output: { chunkFileNames: 'assets/[name]-[hash].js' } },
  },
});
