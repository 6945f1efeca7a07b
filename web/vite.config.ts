import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = 'http://127.0.0.1:8086';

/**
 * Builds the page into dist/web. The page is served under a CSP that allows no inline script, no inline
 * style and no data: address, hence no inlined assets and no preload polyfill.
 */
export default defineConfig({
  root: decodeURIComponent(new URL('.', import.meta.url).pathname),
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': api, '/readyz': api, '/docs': api, '/openapi.json': api },
  },
});
