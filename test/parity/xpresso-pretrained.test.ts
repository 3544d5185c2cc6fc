import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { readFasta } from '../../kernel-lib/src/formats/fasta.ts';
import { importKeras } from '../../kernel-lib/src/prediction/import-keras.ts';
import { readModelFolder, writeModelFolder } from '../../kernel-lib/src/prediction/model-folder.ts';
import { Predictor } from '../../kernel-lib/src/prediction/predictor.ts';
import { encodeSequence } from '../../kernel-lib/src/sequence/encode-sequence.ts';
import { reverseComplement } from '../../kernel-lib/src/sequence/reverse-complement.ts';

const folder = path.join(import.meta.dirname, 'golden', 'xpresso');
const human = path.join(folder, 'human_trainepoch.11-0.426.h5');

interface Golden {
  windows: [number, number][];
  human_plus: number[];
  human_minus: number[];
  'human_plus_hl(.5,-.5,1,-1,.25,-.25)': number[];
}

/** Values of the published network in Keras; see golden/xpresso/SOURCE.md. */
const golden = JSON.parse(
  readFileSync(path.join(folder, 'xpresso_pretrained_gata4.json'), 'utf8'),
) as Golden;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe.each(['wasm', 'cpu'] as const)('the published Xpresso network on %s', (backend) => {
  let windows: Uint8Array[];
  let model: Predictor;

  beforeAll(async () => {
    await useBackend(backend);
    const [record] = await readFasta(path.join(folder, 'gata4.fa.gz'));
    windows = golden.windows.map(([start, end]) =>
      encodeSequence(record!.sequence.slice(start, end)),
    );
    model = await Predictor.from(await importKeras(human, { as: 'xpresso' }));
  });

  afterAll(() => {
    model.dispose();
  });

  it('gives the golden values on the plus strand, without half-life features', async () => {
    const { values } = await model.predict(windows, { missingInputs: 'mean' });
    expect(largestDifference(values, golden.human_plus)).toBeLessThan(1e-4);
  });

  it('gives the golden values on the minus strand', async () => {
    const { values } = await model.predict(windows.map(reverseComplement), {
      missingInputs: 'mean',
    });
    expect(largestDifference(values, golden.human_minus)).toBeLessThan(1e-4);
  });

  it('gives the golden values with half-life features', async () => {
    const features = Object.fromEntries(
      [0.5, -0.5, 1, -1, 0.25, -0.25].map((value, index) => [
        `half_life_${index + 1}`,
        windows.map(() => value),
      ]),
    );
    const { values } = await model.predict(windows, { features });
    expect(largestDifference(values, golden['human_plus_hl(.5,-.5,1,-1,.25,-.25)'])).toBeLessThan(
      1e-4,
    );
  });
});

describe('importing from Keras', () => {
  it('reads the architecture of both published networks, 112,357 parameters each', async () => {
    for (const name of ['human_trainepoch.11-0.426.h5', 'mouse_trainepoch.05-0.278.h5']) {
      const { config, members } = await importKeras(path.join(folder, name), { as: 'xpresso' });
      expect(config.architecture).toMatchObject({
        length: 10_500,
        convolutions: [
          { filters: 128, width: 6, pool: 30 },
          { filters: 32, width: 9, pool: 10 },
        ],
        dense: [{ units: 64 }, { units: 2 }],
      });
      const parameters = Object.values(members[0]!).reduce((sum, { data }) => sum + data.length, 0);
      expect(parameters).toBe(112_357);
    }
  });

  it('survives the way through a model folder without a change', async () => {
    const imported = await importKeras(human, { as: 'xpresso' });
    const target = await mkdtemp(path.join(tmpdir(), 'tatabox-import-'));
    await writeModelFolder(target, imported);
    expect(await readModelFolder(target)).toEqual(imported);
    await rm(target, { recursive: true });
  });

  it('names the nearest architecture for an unknown one', async () => {
    await expect(importKeras(human, { as: 'expresso' })).rejects.toThrow("Did you mean 'xpresso'?");
  });
});
