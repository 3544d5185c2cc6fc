import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const library = fileURLToPath(new URL('./kernel-lib/src', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tatabox$/, replacement: `${library}/index.ts` },
      // One source of the library, as the bundle of the extension takes it.
      { find: /^tatabox\//, replacement: `${library}/` },
    ],
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
