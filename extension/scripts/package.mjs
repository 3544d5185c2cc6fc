// Packs the extension as build/tatabox.vsix with @vscode/vsce, which is installed beside it once: its
// own dependencies come with install scripts, which the project's installation does without.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, runScript, runStep, StepError } from '../../scripts/step.mjs';

const VSCE = '@vscode/vsce@3.9.2';
const LARGEST_BYTES = 3e6;

const tool = path.join(root, 'build', 'vsce');
const vsce = path.join(tool, 'node_modules', '@vscode', 'vsce', 'vsce');
const target = path.join(root, 'build', 'tatabox.vsix');

await runScript(async () => {
  if (!existsSync(vsce)) {
    mkdirSync(tool, { recursive: true });
    writeFileSync(path.join(tool, 'package.json'), '{ "private": true }\n');
    const [npm, args] = npmCommand();
    await runStep('Installing @vscode/vsce', 'vsce', [
      npm,
      [...args, 'install', '--prefix', tool, '--ignore-scripts', '--omit=optional', VSCE],
    ]);
  }
  await runStep('Packing the extension', 'vsix', [
    process.execPath,
    [
      vsce,
      'package',
      '--no-dependencies',
      '--allow-missing-repository',
      '--no-rewrite-relative-links',
      '--out',
      target,
    ],
    { cwd: path.join(root, 'extension') },
  ]);
  const { size } = statSync(target);
  console.log(`build/tatabox.vsix: ${(size / 1e6).toFixed(2)} MB`);
  if (size > LARGEST_BYTES) {
    throw new StepError(
      `The .vsix has ${String(size)} bytes; at most ${String(LARGEST_BYTES)}.`,
      1,
    );
  }
});
