// Some rounds of `npm run fuzz` in every test run: the same damaged files each time.
import { describe, expect, it } from 'vitest';
import { fuzzTargets } from '../fuzz/targets.ts';
import { inputOf, tryInput, type FuzzTarget } from '../fuzz/try-input.ts';

const SEED = 7;
const MILLISECONDS = 350;
const MOST_INPUTS = 1000;

describe.each(fuzzTargets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  it('gives the right answer or a message for damaged files', async () => {
    const samples = await target.samples();
    const end = performance.now() + MILLISECONDS;
    for (let index = 0; index < MOST_INPUTS && performance.now() < end; index++) {
      const finding = await tryInput(target, inputOf(target, samples, SEED, index));
      expect(finding?.problem, `input ${index}`).toBeUndefined();
    }
  });

  it('reads the whole files that these are made of', async () => {
    for (const sample of await target.samples()) await target.read(Uint8Array.from(sample));
  });
});

describe('the fuzzer itself', () => {
  const target = (read: FuzzTarget['read']): FuzzTarget => ({
    name: 'x',
    samples: () => [Buffer.from('chrI\t0\t10\n')],
    read,
  });

  it('finds raw errors, and what takes long', async () => {
    const raw = target(() => {
      throw new TypeError('raw');
    });
    expect((await tryInput(raw, new Uint8Array(3)))?.problem).toMatch(/^TypeError: raw/);
    const slow = target(() => new Promise((resolve) => setTimeout(resolve, 2050)));
    expect((await tryInput(slow, new Uint8Array(3)))?.problem).toMatch(/^took 2\d\d\d ms/);
  });

  it('makes the same inputs for a seed, and others for another', async () => {
    const one = target(() => undefined);
    const samples = await one.samples();
    const inputs = (seed: number) =>
      Array.from({ length: 50 }, (_, i) =>
        Buffer.from(inputOf(one, samples, seed, i)).toString('hex'),
      );
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
    expect(new Set(inputs(1)).size).toBeGreaterThan(40);
  });
});
