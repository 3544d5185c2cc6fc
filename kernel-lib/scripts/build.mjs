// Builds dist/: CommonJS bundles (tslab and its cells need CommonJS), an ES module beside them that
// re-exports the same instance, and one .d.ts that TypeScript 5.0.4 (tslab's compiler) accepts.
import {
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  chmodSync,
  existsSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { buildAssembly } from './build-assembly.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const out = path.join(root, 'dist.new');
const dist = path.join(root, 'dist');

const external = [
  ...Object.keys(manifest.dependencies),
  ...Object.keys(manifest.peerDependencies),
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
];

/** Packages that a tslab cell cannot import, bundled to CommonJS on their own and loaded late. */
const vendored = {
  vega: 'vega',
  'vega-lite': 'vega-lite',
  'h5wasm/node': 'h5wasm',
};

const vendorPlugin = {
  name: 'vendor',
  setup({ onResolve }) {
    onResolve({ filter: /^(vega|vega-lite|h5wasm\/node)$/ }, ({ path: name, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: `./vendor/${vendored[name]}.cjs`, external: true },
    );
  },
};

/** Packages that an import of the library does not need at once: half of the time to load it. */
const lazy = ['@huggingface/hub', 'arquero', 'marked', 'yaml'];

/**
 * Replaces such a package by a module whose properties load it when one is read first. Their names
 * are those that the installed package has.
 */
const lazyPlugin = {
  name: 'lazy',
  setup({ onResolve, onLoad }) {
    const { resolve } = createRequire(import.meta.url);
    onResolve({ filter: /^[@\w]/ }, ({ path: name, namespace }) =>
      lazy.includes(name) && namespace !== 'lazy' ? { path: name, namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path: name }) => {
      const names = Object.keys(createRequire(import.meta.url)(resolve(name)));
      const getters = names
        .filter((each) => each !== 'default')
        .map((each) => `  get ${each}() { return load().${each}; },`);
      const contents = [
        'let loaded;',
        `const load = () => (loaded ??= require(${JSON.stringify(name)}));`,
        'module.exports = {',
        ...getters,
        '};',
      ].join('\n');
      return { contents, loader: 'js', resolveDir: root };
    });
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  banner: {
    js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
  },
  define: { 'import.meta.url': 'importMetaUrl' },
};

async function bundleVendored() {
  const { metafile } = await build({
    metafile: true,
    ...common,
    entryPoints: Object.entries(vendored).map(([name, file]) => ({ in: name, out: file })),
    outdir: path.join(out, 'vendor'),
    outExtension: { '.js': '.cjs' },
    legalComments: 'linked',
    minify: true,
    mainFields: ['module', 'main'],
    // vega-canvas asks for the native canvas package in Node; SVG needs none.
    alias: { 'vega-canvas': path.join(root, 'scripts', 'no-canvas.mjs') },
  });
  writeFileSync(
    path.join(out, 'vendor', 'THIRD_PARTY_LICENSES.txt'),
    thirdPartyLicenses(Object.keys(metafile.inputs), process.cwd()),
  );
}

async function bundleLibrary() {
  const entries = {
    index: 'index.ts',
    cli: 'cli/main.ts',
    'ensemble-worker': 'training/ensemble-worker.ts',
  };
  await build({
    ...common,
    entryPoints: Object.entries(entries)
      .map(([name, file]) => ({ in: path.join(root, 'src', file), out: name }))
      .filter((entry) => existsSync(entry.in)),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    external,
    plugins: [vendorPlugin, lazyPlugin],
    sourcemap: true,
    sourcesContent: false,
    keepNames: true,
  });
}

/** The ES module shares the CommonJS instance: two copies would have two sets of classes. */
function writeEsModule() {
  const names = Object.keys(createRequire(import.meta.url)(path.join(out, 'index.cjs'))).sort();
  const list = names.map((name) => `  ${name},`).join('\n');
  writeFileSync(
    path.join(out, 'index.mjs'),
    `import library from './index.cjs';\nexport const {\n${list}\n} = library;\n`,
  );
}

const schemaTypes = path.join(root, 'scripts', 'schema-types.d.ts');

async function rollTypes() {
  const bundle = await rollup({
    input: path.join(root, 'src', 'index.ts'),
    plugins: [
      { name: 'schemas', resolveId: (id) => (id === 'zod' ? schemaTypes : null) },
      dts({ tsconfig: path.join(root, '..', 'tsconfig.json'), respectExternal: false }),
    ],
    external: (id) => id !== 'zod' && !id.startsWith('.') && !path.isAbsolute(id),
    onLog: (level, log) => {
      if (level === 'warn' && log.code !== 'UNUSED_EXTERNAL_IMPORT') console.warn(log.message);
    },
  });
  const { output } = await bundle.generate({ format: 'es' });
  // TypeScript 5.0 does not know these arrays as generic types and would make them `any`.
  const text = output[0].code.replace(
    /\b((?:Uint|Int|Float|BigInt|BigUint)\d+(?:Clamped)?Array)<Array(?:Buffer|BufferLike)>/g,
    '$1',
  );
  writeFileSync(path.join(out, 'index.d.ts'), text);
}

const started = performance.now();
rmSync(out, { recursive: true, force: true });
await buildAssembly();
await Promise.all([bundleVendored(), bundleLibrary()]);
writeEsModule();
await rollTypes();
// The fonts of figures: `files` of package.json ships dist alone.
cpSync(path.join(root, 'assets'), path.join(out, 'assets'), { recursive: true });
// What npm shows and needs beside the package's own README.
for (const file of ['LICENSE', 'CHANGELOG.md']) {
  cpSync(path.join(root, '..', file), path.join(root, file));
}
if (existsSync(path.join(out, 'cli.cjs'))) {
  const file = path.join(out, 'cli.cjs');
  writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`);
  chmodSync(file, 0o755);
}
rmSync(dist, { recursive: true, force: true });
renameSync(out, dist);
console.log(`built kernel-lib/dist in ${((performance.now() - started) / 1000).toFixed(1)} s`);
