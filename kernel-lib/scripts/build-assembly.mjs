// Compiles assembly/ with AssemblyScript, the kernels of the backends once with and once without
// relaxed SIMD, and embeds the results in TypeScript files, so that tests, bundles and notebooks load
// them the same way.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'assembly');
const sources = path.join(root, 'src');
/** The kernels of the backends work in the memory that the backend shares among its threads. */
const SHARED = ['--importMemory', '--sharedMemory', '--initialMemory', '1'];

/** Compiles once. @returns the module in base64 */
async function compile(entry, features, memory) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      ...['simd', ...features].flatMap((feature) => ['--enable', feature]),
      ...memory,
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
  const plain = await compile('index.ts', ['threads'], SHARED);
  const relaxed = await compile('index.ts', ['threads', 'relaxed-simd'], SHARED);
  writeFileSync(
    path.join(sources, 'backend', 'kernels.wasm.ts'),
    '// Made by scripts/build-assembly.mjs from assembly/.\n' +
      `export const kernelsBase64 =\n  '${plain}';\n` +
      `/** With relaxed SIMD: products are added in one rounding. */\n` +
      `export const relaxedKernelsBase64 =\n  '${relaxed}';\n`,
  );
  const alignment = await compile('banded-alignment.ts', [], []);
  writeFileSync(
    path.join(sources, 'sequence', 'banded-alignment.wasm.ts'),
    '// Made by scripts/build-assembly.mjs from assembly/.\n' +
      `export const bandedAlignmentBase64 =\n  '${alignment}';\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssembly();
