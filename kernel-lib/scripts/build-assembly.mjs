// Compiles assembly/*.ts with AssemblyScript and embeds the result in a TypeScript file, so that
// tests, bundles and notebooks load it the same way.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'assembly');
const target = path.join(root, 'src', 'backend', 'kernels.wasm.ts');

export async function buildAssembly() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...readdirSync(folder).filter((name) => name.endsWith('.ts')),
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
      '--initialMemory',
      '1',
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
  const text = Buffer.from(binary).toString('base64');
  writeFileSync(
    target,
    `// Made by scripts/build-assembly.mjs from assembly/.\nexport const kernelsBase64 =\n  '${text}';\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssembly();
