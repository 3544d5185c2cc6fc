// npm run lab [-- FLAGS]: opens JupyterLab with the TypeScript kernel of this project, registered for
// it alone. JupyterLab is the one on the path, or one in .venv that is installed when there is none.
// The flags go to JupyterLab, for example --no-browser --port 8899.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setUp } from './setup.mjs';
import { root, runScript, runStep, StepError } from './step.mjs';

const isWindows = process.platform === 'win32';
const jupyterFolder = path.join(root, '.jupyter');
const environmentFolder = path.join(root, '.venv');
const environmentBin = path.join(environmentFolder, isWindows ? 'Scripts' : 'bin');

/**
 * Writes the kernel's description where only this project looks. It is called tslab as everywhere,
 * so that notebooks written here open anywhere else; the absolute path of Node makes it independent
 * of what is on the path of whoever starts it.
 */
function registerKernel() {
  const folder = path.join(jupyterFolder, 'kernels', 'tslab');
  mkdirSync(folder, { recursive: true });
  const kernel = {
    argv: [
      process.execPath,
      path.join(root, 'node_modules', 'tslab', 'bin', 'tslab'),
      'kernel',
      '--config-path',
      '{connection_file}',
    ],
    display_name: 'TypeScript (tatabox)',
    language: 'typescript',
    interrupt_mode: 'signal',
  };
  writeFileSync(path.join(folder, 'kernel.json'), `${JSON.stringify(kernel, null, 2)}\n`);
}

function works(program, args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** The command that is JupyterLab; installs it when there is none. */
async function findJupyterLab() {
  const own = path.join(environmentBin, isWindows ? 'jupyter-lab.exe' : 'jupyter-lab');
  for (const candidate of [own, 'jupyter-lab']) {
    if (works(candidate, ['--version'])) return candidate;
  }
  await installJupyterLab();
  return own;
}

async function installJupyterLab() {
  const check = 'import sys; sys.exit(sys.version_info < (3, 9))';
  const python = ['python3', 'python'].find((name) => works(name, ['-c', check]));
  if (python === undefined) {
    throw new StepError(
      'JupyterLab is not installed, and it needs Python 3.9 or newer, which is not there either.\n' +
        'Install Python from https://www.python.org (Debian, Ubuntu: apt install python3-venv)\n' +
        'and run this again. Without Python the notebooks run with npm start, and in VS Code.',
      4,
    );
  }
  const ownPython = path.join(environmentBin, isWindows ? 'python.exe' : 'python');
  if (!existsSync(ownPython) || !works(ownPython, ['-m', 'pip', '--version'])) {
    const create = ['-m', 'venv', '--clear', environmentFolder];
    await runStep(`Making a Python environment in ${path.basename(environmentFolder)}`, 'venv', [
      python,
      create,
    ]);
  }
  // This project's package.json would make Node take JupyterLab's own scripts for ES modules.
  writeFileSync(path.join(environmentFolder, 'package.json'), '{ "type": "commonjs" }\n');
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check', 'jupyterlab>=4,<5'];
  await runStep('Installing JupyterLab into it', 'pip', [ownPython, install]);
}

async function main() {
  await setUp();
  registerKernel();
  const lab = await findJupyterLab();
  const paths = [jupyterFolder, process.env.JUPYTER_PATH].filter((place) => place);
  const child = spawn(
    lab,
    [
      `--ServerApp.root_dir=${root}`,
      '--LabApp.default_url=/lab/tree/notebooks',
      '--MultiKernelManager.default_kernel_name=tslab',
      ...process.argv.slice(2),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, JUPYTER_PATH: paths.join(path.delimiter) },
    },
  );
  // Ctrl-C reaches JupyterLab as well, which asks whether it is meant; its answer ends this, too.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new StepError(`${lab}: ${error.message}`, 4)));
    child.once('exit', (code) => resolve(code ?? 5));
  });
}

await runScript(main);
