// npm run test:extension [-- FLAGS]: the tests of the extension, also those in a real VS Code in a real
// browser, which it brings first. Screenshots of each step are in build/screenshots.
import path from 'node:path';
import { setUp } from './setup.mjs';
import { root, runScript, runStep } from './step.mjs';
import { spawn } from 'node:child_process';

const script = (...names) => path.join(root, ...names);

await runScript(async () => {
  await setUp();
  await runStep('VS Code and a browser', 'vscode', [
    process.execPath,
    [script('scripts', 'vscode-for-tests.mjs')],
  ]);
  await runStep('Building the extension', 'extension-build', [
    process.execPath,
    [script('extension', 'scripts', 'build.mjs')],
  ]);
  await runStep('Packing it', 'extension-package', [
    process.execPath,
    [script('extension', 'scripts', 'package.mjs')],
  ]);
  const vitest = script('node_modules', 'vitest', 'vitest.mjs');
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [vitest, 'run', 'test/extension', ...process.argv.slice(2)],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, TATABOX_VSCODE_TESTS: 'required' },
      },
    );
    child.once('exit', (code) => resolve(code ?? 1));
  });
});
