import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { writeSafetensors } from '../../../kernel-lib/src/formats/safetensors.ts';
import {
  checkpointFile,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../../../kernel-lib/src/training/checkpoint.ts';
import { initialState } from '../../../kernel-lib/src/training/training-state.ts';

let folder: string;
const values = { shape: [2], data: Float32Array.of(1, -2) };
const checkpoint: Checkpoint = {
  state: { ...initialState(), epoch: 3, step: 12, position: 8, batch: 12, best: 0.5, bestEpoch: 2 },
  fingerprint: { 'option epochs': '5' },
  log: { metricsBytes: 10, eventsBytes: 20, eventsFile: 'events.out.tfevents.1.tatabox' },
  weights: { 'dense/kernel': values },
  optimizer: { 'dense/kernel/m': values },
  average: {},
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-checkpoint-'));
  await writeCheckpoint(folder, checkpoint);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a checkpoint with other metadata and reads it. */
async function readWith(metadata: Record<string, string>): Promise<Checkpoint> {
  const { state, fingerprint, log } = checkpoint;
  await writeSafetensors(
    checkpointFile(folder, 'last'),
    {},
    {
      format: 'tatabox training checkpoint 1',
      state: JSON.stringify(state),
      fingerprint: JSON.stringify(fingerprint),
      log: JSON.stringify(log),
      ...metadata,
    },
  );
  return readCheckpoint(folder);
}

describe('a checkpoint', () => {
  it('is read as it was written', async () => {
    expect(await readCheckpoint(folder)).toEqual(checkpoint);
  });

  it('that is damaged gives a checkpoint or an error that says so', async () => {
    const file = checkpointFile(folder, 'last');
    await writeCheckpoint(folder, checkpoint);
    const bytes = await readFile(file);
    const damage = fc.record({
      at: fc.nat(bytes.length - 1),
      byte: fc.nat(255),
      cut: fc.option(fc.nat(bytes.length), { freq: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        await writeFile(file, damaged.subarray(0, cut ?? bytes.length));
        const read = await readCheckpoint(folder).catch((error: unknown) => error);
        if (!(read instanceof Error)) return;
        expect(read).toBeInstanceOf(TataboxError);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['state', '{', /last\.safetensors, state: no valid JSON/],
    ['state', 'null', /no object/],
    ['state', '{"epoch":-1}', /state: epoch is -1; expected a whole number/],
    ['state', '{"epoch":1,"position":0,"step":0,"batch":0}', /history is missing/],
    ['fingerprint', '7', /no object/],
    ['log', '{"metricsBytes":1e99}', /expected metricsBytes, eventsBytes and the name/],
    [
      'log',
      '{"metricsBytes":0,"eventsBytes":0,"eventsFile":"../../events.out.tfevents.1"}',
      /expected metricsBytes, eventsBytes and the name of an events file.* It was damaged/,
    ],
    ['format', 'other', /format 'other'; expected tatabox training checkpoint 1/],
  ])('with %s %s is refused', async (name, text, message) => {
    await expect(readWith({ [name]: text })).rejects.toThrow(message);
  });
});
