// Compiles assembly/ with AssemblyScript, once with and once without relaxed SIMD, and embeds the
// results in a TypeScript file, so that tests, bundles and notebooks load them the same way.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'assembly');
const target = path.join(root, 'src', 'backend', 'kernels.wasm.ts');

/** Compiles once. @returns the module in base64 */
async function compile(features) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      ...['simd', 'threads', ...features].flatMap((feature) => ['--enable', feature]),
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
    ],
    {
      readFile: (name) => {
        try {
          return readFileSync(path.join(folder, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_name, content) => {
        binary = content;
      },
    },
  );
  if (error || binary === undefined) throw new Error(`AssemblyScript: ${stderr.toString()}`);
  return Buffer.from(binary).toString('base64');
}

export async function buildAssembly() {
  const plain = await compile([]);
  const relaxed = await compile(['relaxed-simd']);
  writeFileSync(
    target,
    '// Made by scripts/build-assembly.mjs from assembly/.\n' +
      `export const kernelsBase64 =\n  '${plain}';\n` +
      `/** With relaxed SIMD: products are added in one rounding. */\n` +
      `export const relaxedKernelsBase64 =\n  '${relaxed}';\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssembly();
