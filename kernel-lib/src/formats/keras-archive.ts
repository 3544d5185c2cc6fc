import { InputError } from '../core/errors.ts';
import type { FileSource } from './byte-source.ts';
import { openHdf5 } from './hdf5.ts';
import { readKeras3Layers } from './keras3-layers.ts';
import type { KerasWeights } from './keras-weights.ts';
import { withTemporaryFile } from './local-file.ts';
import { openZip, type ZipArchive } from './zip.ts';

const WEIGHTS = 'model.weights.h5';
/** A description of a model has some 100 kB. */
const LARGEST_JSON = 2 ** 26;

/**
 * Reads a `.keras` archive (Keras 3, saving_lib): `config.json` (the architecture), `metadata.json`
 * (the version) and `model.weights.h5`. Nothing of it is run; Lambda layers stay descriptions.
 *
 * @throws InputError for another or a damaged archive
 */
export async function readKerasArchive(source: FileSource): Promise<KerasWeights> {
  const zip = await openZip(source);
  try {
    if (zip.find(WEIGHTS) === undefined || zip.find('config.json') === undefined) {
      throw new InputError({
        where: zip.name,
        found: `a zip archive with ${zip.entries
          .slice(0, 5)
          .map(({ name }) => `'${name}'`)
          .join(', ')}`,
        expected: `a Keras archive, with config.json and ${WEIGHTS}`,
      });
    }
    const modelConfig = await readJson(zip, 'config.json');
    const metadata = await readJson(zip, 'metadata.json');
    const version = (metadata as { keras_version?: unknown } | null | undefined)?.keras_version;
    const pieces = zip.stream(zip.entry(WEIGHTS));
    const layers = await withTemporaryFile(`${zip.name}, '${WEIGHTS}'`, pieces, async (file) => {
      const hdf5 = await openHdf5(file);
      try {
        return readKeras3Layers(hdf5, modelConfig);
      } finally {
        hdf5.close();
      }
    });
    return {
      kerasVersion: typeof version === 'string' ? version : undefined,
      backend: undefined,
      modelConfig,
      layers,
    };
  } finally {
    await zip.close();
  }
}

async function readJson(zip: ZipArchive, name: string): Promise<unknown> {
  const entry = zip.find(name);
  if (entry === undefined) return undefined;
  const where = `${zip.name}, '${name}'`;
  if (entry.size > LARGEST_JSON) {
    throw new InputError({
      where,
      found: `${String(entry.size)} bytes`,
      expected: 'a description',
    });
  }
  try {
    return JSON.parse(await zip.readText(entry));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ where, found: 'no JSON' }, { cause: error });
  }
}
