import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { writeHdf5 } from '../../../kernel-lib/src/formats/hdf5.ts';
import { readKerasWeights } from '../../../kernel-lib/src/formats/keras-hdf5.ts';
import { makeZip } from '../backend/native-fixture.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/`;

/** As Keras names them: `[weight.path for weight in model.weights]` in make-keras.py. */
const paths: readonly [string, number[]][] = [
  ['motifs/kernel', [3, 4, 2]],
  ['motifs/bias', [2]],
  ['scale/gamma', [2]],
  ['scale/beta', [2]],
  ['scale/moving_mean', [2]],
  ['scale/moving_variance', [2]],
  ['both_ways/forward_lstm/lstm_cell/kernel', [2, 8]],
  ['both_ways/forward_lstm/lstm_cell/recurrent_kernel', [2, 8]],
  ['both_ways/forward_lstm/lstm_cell/bias', [8]],
  ['both_ways/backward_lstm/lstm_cell/kernel', [2, 8]],
  ['both_ways/backward_lstm/lstm_cell/recurrent_kernel', [2, 8]],
  ['both_ways/backward_lstm/lstm_cell/bias', [8]],
  ['hidden/kernel', [4, 3]],
  ['hidden/bias', [3]],
  ['block/inner/kernel', [3, 2]],
  ['block/inner/bias', [2]],
  ['expression/kernel', [2, 1]],
];

describe('readKerasWeights of Keras 3', () => {
  it.each([`${golden}keras3.keras`, `${golden}keras3.weights.h5`, 'bytes'])(
    'gives every weight of %s its name and values',
    async (name) => {
      const source = name === 'bytes' ? readFileSync(`${golden}keras3.keras`) : name;
      const { layers } = await readKerasWeights(source);
      const weights = new Map(
        layers.flatMap((layer) => layer.weights.map((weight) => [weight.name, weight] as const)),
      );
      expect([...weights.keys()].sort()).toEqual(paths.map(([path]) => path).sort());
      let count = 0;
      for (const [path, shape] of paths) {
        const size = shape.reduce((product, length) => product * length, 1);
        const data = Float32Array.from({ length: size }, (_, i) => (count + i) / 8);
        expect(weights.get(path)).toEqual({ name: path, shape, data });
        count += size;
      }
    },
  );

  it('gives version, description and the order of the model', async () => {
    const { kerasVersion, modelConfig, layers } = await readKerasWeights(`${golden}keras3.keras`);
    expect(kerasVersion).toBe('3.15.1');
    expect(modelConfig).toMatchObject({ class_name: 'Functional', config: { name: 'tiny' } });
    expect(layers.map((layer) => layer.name)).toEqual([
      'promoter',
      'motifs',
      'scale',
      'both_ways',
      'hidden',
      'block',
      'expression',
    ]);
  });

  it('names layers of early versions, which have no names in the file, by the description', async () => {
    const file = folder.path('early.weights.h5');
    const data = Float32Array.of(1);
    await writeHdf5(file, {
      '_layer_checkpoint_dependencies/conv1d_transpose/vars/0': { data },
      '_layer_checkpoint_dependencies/dense_1/vars/0': { data },
      '_layer_checkpoint_dependencies/dense/vars/0': { data },
      '_layer_checkpoint_dependencies/my_layer/vars/0': { data },
    });
    const layer = (className: string, name: string) => ({
      class_name: className,
      config: { name },
    });
    const config = {
      config: {
        layers: [
          layer('Dense', 'first'),
          layer('Conv1DTranspose', 'up'),
          layer('Dense', 'second'),
          layer('MyLayer', 'own'),
        ],
      },
    };
    const archive = makeZip({
      'config.json': JSON.stringify(config),
      'metadata.json': '{"keras_version": "3.0.1"}',
      'model.weights.h5': readFileSync(file),
    });
    const { layers } = await readKerasWeights(archive);
    expect(layers.flatMap(({ weights }) => weights.map(({ name }) => name))).toEqual([
      'first/kernel',
      'up/kernel',
      'second/kernel',
      'own/0',
    ]);
  });

  it('refuses other archives', async () => {
    await expect(readKerasWeights(`${golden}numpy.npz`)).rejects.toThrow(
      /a zip archive with 'i1\.npy'.*expected a Keras archive/,
    );
    const files = { 'config.json': '{', 'model.weights.h5': 'no HDF5' };
    await expect(readKerasWeights(makeZip(files))).rejects.toThrow(/'config\.json': no JSON/);
    await expect(readKerasWeights(makeZip({ ...files, 'config.json': 'null' }))).rejects.toThrow(
      /^bytes, 'model\.weights\.h5': no HDF5 signature/,
    );
  });

  it('answers damaged archives with weights or an InputError', async () => {
    const whole = readFileSync(`${golden}keras3.keras`);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        await readKerasWeights(damaged).catch((error: unknown) =>
          expect(error).toBeInstanceOf(TataboxError),
        );
      }),
      { numRuns: 40 },
    );
  });
});
