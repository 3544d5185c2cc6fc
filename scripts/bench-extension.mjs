// npm run bench:extension: timings and memory of the extension in a real VS Code (printed, not asserted).
import { cpus } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root, runScript, runStep } from './step.mjs';

const script = (...names) => path.join(root, ...names);

await runScript(async () => {
  for (const [title, log, file] of [
    ['VS Code and a browser', 'vscode', script('scripts', 'vscode-for-tests.mjs')],
    ['Building the extension', 'extension-build', script('extension', 'scripts', 'build.mjs')],
    ['Packing it', 'extension-package', script('extension', 'scripts', 'package.mjs')],
  ]) {
    await runStep(title, log, [process.execPath, [file]]);
  }
  const outfile = script('build', 'bench-extension.mjs');
  await build({
    entryPoints: [script('test', 'extension', 'bench', 'bench.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  process.chdir(root);
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`);
  await import(pathToFileURL(outfile).href);
});
