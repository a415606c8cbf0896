/** Builds the console, and serves it while it is worked on: `ORRERY_PLATFORM=http://127.0.0.1:30880 npx vite` in this folder. */
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions } from 'vite';

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
const proxied = ['/api', '/apis', '/kapis', '/oauth', '/login', '/logout', '/version', '/healthz'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
