import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../core/errors.ts';

/** The weights of the shipped font. */
export type FontWeight = 'regular' | 'bold';

const fileNames: Readonly<Record<FontWeight, string>> = {
  regular: 'Arimo-Regular.ttf',
  bold: 'Arimo-Bold.ttf',
};

/**
 * The file that this code runs from. In the CommonJS bundle `import.meta.url` is empty but
 * `__filename` is there; in the ES module it is the other way round.
 */
export function thisModuleFile(): string {
  return typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url);
}

/** Where `assets/fonts` may lie: inside or beside `dist`, or two folders up from `src/plots`. */
function candidateFolders(): string[] {
  const here = path.dirname(thisModuleFile());
  return ['.', '..', '../..'].map((up) => path.resolve(here, up, 'assets', 'fonts'));
}

/**
 * Path of a font file of the package, from the source tree or from the built package.
 *
 * @throws EnvironmentError when the package was installed without its `assets` folder
 */
export function fontFile(weight: FontWeight): string {
  const folders = candidateFolders();
  for (const folder of folders) {
    const file = path.join(folder, fileNames[weight]);
    if (existsSync(file)) return file;
  }
  throw new EnvironmentError({
    where: 'fonts of figures',
    found: `no ${fileNames[weight]} in ${folders.join(', ')}`,
    expected: 'the assets/fonts folder of the tatabox package',
    fix: 'Install tatabox again.',
  });
}

const loaded = new Map<FontWeight, Uint8Array>();

/** The bytes of a font file of the package, read once. */
export function fontBytes(weight: FontWeight): Uint8Array {
  let bytes = loaded.get(weight);
  if (bytes === undefined) {
    bytes = new Uint8Array(readFileSync(fontFile(weight)));
    loaded.set(weight, bytes);
  }
  return bytes;
}
