/**
 * How the page is served and bundled. Only for this machine; threads share memory on isolated pages alone, hence the
 * two headers, which any other server of web/dist must send as well.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  server: { host: '127.0.0.1', headers, fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] } },
  preview: { host: '127.0.0.1', headers },
  build: { target: 'es2022', emptyOutDir: true },
  worker: { format: 'es' },
  // Found late, inside the worker, it would reload the page in the middle of a run.
  optimizeDeps: { include: ['gpu.js'] },
});
