import { describe, expect, it } from 'vitest';
import { writeHdf5 } from '../../../kernel-lib/src/formats/hdf5.ts';
import { readKerasWeights } from '../../../kernel-lib/src/formats/keras-hdf5.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/parity/golden/xpresso/`;

describe('readKerasWeights', () => {
  it.each(['human_trainepoch.11-0.426.h5', 'mouse_trainepoch.05-0.278.h5'])(
    'reads the published network %s',
    async (name) => {
      const { kerasVersion, backend, modelConfig, layers } = await readKerasWeights(golden + name);
      expect(kerasVersion).toBe('2.0.5');
      expect(backend).toBe('tensorflow');
      expect(modelConfig).toMatchObject({ class_name: 'Model' });
      expect(layers.map((layer) => layer.name)).toEqual([
        'promoter',
        'conv1d_1',
        'max_pooling1d_1',
        'conv1d_2',
        'max_pooling1d_2',
        'flatten_1',
        'halflife',
        'concatenate_1',
        'dense_1',
        'activation_1',
        'dropout_1',
        'dense_2',
        'activation_2',
        'dropout_2',
        'dense_3',
      ]);
      const weights = layers.flatMap((layer) => layer.weights);
      expect(Object.fromEntries(weights.map((weight) => [weight.name, weight.shape]))).toEqual({
        'conv1d_1/kernel:0': [6, 4, 128],
        'conv1d_1/bias:0': [128],
        'conv1d_2/kernel:0': [9, 128, 32],
        'conv1d_2/bias:0': [32],
        'dense_1/kernel:0': [1126, 64],
        'dense_1/bias:0': [64],
        'dense_2/kernel:0': [64, 2],
        'dense_2/bias:0': [2],
        'dense_3/kernel:0': [2, 1],
        'dense_3/bias:0': [1],
      });
      expect(weights.reduce((sum, weight) => sum + weight.data.length, 0)).toBe(112_357);
      for (const { data } of weights)
        expect(data.every((value) => Number.isFinite(value))).toBe(true);
    },
  );

  it('keeps the values bit by bit', async () => {
    const { layers } = await readKerasWeights(`${golden}human_trainepoch.11-0.426.h5`);
    const kernel = layers.find((layer) => layer.name === 'conv1d_1')?.weights[0];
    // h5py: file['model_weights/conv1d_1/conv1d_1/kernel:0'][0, 0, :3]
    expect([...kernel!.data.subarray(0, 3)]).toEqual([
      0.004036586731672287, 0.0344742015004158, -0.031000107526779175,
    ]);
  });

  it('says what is no file of Keras 1 or 2', async () => {
    const data = new Float32Array(1);
    const other = folder.path('other.h5');
    await writeHdf5(other, { promoter: { data } });
    await expect(readKerasWeights(other)).rejects.toThrow(/no attribute layer_names.*promoter/);
  });

  it('reads a file of weights only, with a list of layers in parts', async () => {
    const file = folder.path('weights.h5');
    await writeHdf5(
      file,
      { 'b/x': { data: Float64Array.of(1, 2) } },
      { attributes: { layer_names0: ['a'], layer_names1: ['b'], keras_version: '1.2.2' } },
    );
    const { layers, modelConfig, kerasVersion } = await readKerasWeights(file);
    expect(layers.map((layer) => layer.name)).toEqual(['a', 'b']);
    expect(modelConfig).toBeUndefined();
    expect(kerasVersion).toBe('1.2.2');
  });
});
