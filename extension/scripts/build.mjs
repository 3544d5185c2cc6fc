// Builds dist/: the extension for Node and for the web, one bundle a webview, the notebook renderer,
// the JSON schema of run configs and the snippets. `node scripts/build.mjs --watch` builds again on change.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const repo = path.join(root, '..');
const dist = path.join(root, 'dist');
const src = (...names) => path.join(root, 'src', ...names);
const watch = process.argv.includes('--watch');

const common = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'linked' : false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  tsconfig: path.join(root, 'tsconfig.json'),
};

/** Folders under src with a `webview/main.ts`: each is a page of its own, `dist/webviews/FOLDER.js`. */
const webviews = readdirSync(src()).filter((name) => existsSync(src(name, 'webview', 'main.ts')));

/** Messages of zod in fifty languages, a fifth of the bundle: its English ones are imported apart. */
const withoutLocales = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

const bundles = [
  {
    ...common,
    entryPoints: [src('extension.ts')],
    plugins: [withoutLocales],
    outfile: path.join(dist, 'extension.js'),
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    keepNames: true,
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'importMetaUrl' },
  },
  {
    ...common,
    entryPoints: webviews.map((name) => ({ in: src(name, 'webview', 'main.ts'), out: name })),
    outdir: path.join(dist, 'webviews'),
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
  ...(existsSync(src('notebooks', 'renderer', 'main.ts'))
    ? [
        {
          ...common,
          entryPoints: [src('notebooks', 'renderer', 'main.ts')],
          outfile: path.join(dist, 'renderer.js'),
          platform: 'browser',
          target: 'es2022',
          format: 'esm',
        },
      ]
    : []),
  ...(existsSync(src('web-extension.ts'))
    ? [(await import('./web-bundle.mjs')).webBundle(common, root)]
    : []),
];

/** The schema comes from the library's source, so that both are always of one version. */
async function writeSchema() {
  const { outputFiles } = await build({
    ...common,
    stdin: {
      contents:
        "import { runConfigJsonSchema } from 'tatabox/runs/schema/run-config.ts';\n" +
        'process.stdout.write(JSON.stringify(runConfigJsonSchema()));',
      resolveDir: root,
      loader: 'ts',
    },
    write: false,
    platform: 'node',
    format: 'cjs',
  });
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-'], {
    input: outputFiles[0].text,
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr.toString());
  writeFileSync(path.join(dist, 'tatabox.schema.json'), stdout);
}

const started = performance.now();
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
if (watch) {
  for (const bundle of bundles) await (await context(bundle)).watch();
} else {
  await Promise.all(bundles.map((bundle) => build(bundle)));
}
await writeSchema();
cpSync(path.join(repo, 'snippets'), path.join(dist, 'snippets'), { recursive: true });
cpSync(path.join(repo, 'LICENSE'), path.join(root, 'LICENSE'));
if (!watch) {
  console.log(`built extension/dist in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
