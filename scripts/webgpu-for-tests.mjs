// Brings what the tests of the backend `webgpu` need into build/webgpu: its two optional packages,
// and a software Vulkan driver, so that they run on a machine without a graphics card. Optional:
// without it those tests are skipped. Linux; elsewhere the system's own driver is used.
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand, root, runScript, runStep, StepError } from './step.mjs';

const folder = path.join(root, 'build', 'webgpu');
const PACKAGES = ['webgpu@0.6.2', '@tensorflow/tfjs-backend-webgpu@4.22.0'];

/** Debian's chromium-common: SwiftShader (Vulkan on the processor) and the Vulkan loader. */
const chromium = '/usr/lib/chromium';
const driver = path.join(chromium, 'vk_swiftshader_icd.json');

function installed(name) {
  return existsSync(path.join(folder, 'node_modules', name, 'package.json'));
}

async function installPackages() {
  if (installed('webgpu') && installed('@tensorflow/tfjs-backend-webgpu')) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const [npm, args] = npmCommand();
  // The peer is the library's own TensorFlow.js.
  await runStep('Installing webgpu and tfjs-backend-webgpu (132 MB)', 'webgpu', [
    npm,
    [...args, 'install', '--prefix', folder, '--omit=peer', '--ignore-scripts', ...PACKAGES],
  ]);
}

async function installDriver() {
  if (existsSync(driver)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new StepError(
      'No software Vulkan driver: install one as root with: apt-get install chromium-common',
      4,
    );
  }
  await runStep('apt-get update', 'webgpu-update', ['apt-get', ['update']]);
  await runStep('Installing a software Vulkan driver (chromium-common)', 'webgpu-driver', [
    'apt-get',
    ['install', '-y', '--no-install-recommends', 'chromium-common'],
  ]);
}

/** The driver looks for the Vulkan loader beside itself as well; a system's own one is left to it. */
function linkLoader() {
  const [from, to] = [
    path.join(chromium, 'libvulkan.so.1'),
    path.join(folder, 'node_modules', 'webgpu', 'dist', `linux-${process.arch}`, 'libvulkan.so.1'),
  ];
  if (!existsSync(from)) return;
  rmSync(to, { force: true });
  symlinkSync(from, to);
}

await runScript(async () => {
  await installPackages();
  if (process.platform === 'linux') {
    await installDriver();
    linkLoader();
  }
  console.error('Ready for the tests of the backend webgpu.');
});
