import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: { tatabox: fileURLToPath(new URL('./kernel-lib/src/index.ts', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The same on every machine, with or without native TensorFlow; tests of a backend name it.
    env: { TATABOX_BACKEND: 'wasm' },
    pool: 'forks',
    maxWorkers: 2,
  },
});
