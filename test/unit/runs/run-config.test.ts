import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { applyOverrides } from '../../../kernel-lib/src/runs/schema/apply-overrides.ts';
import type { TrainRunConfig } from '../../../kernel-lib/src/runs/schema/train-config.ts';
import { parseRunConfig } from '../../../kernel-lib/src/runs/schema/read-run-config.ts';

const shipped = readFileSync(
  path.join(import.meta.dirname, '../../../notebooks/quickstart.tatabox.yaml'),
  'utf8',
);

function parseTrainConfig(...given: Parameters<typeof parseRunConfig>): TrainRunConfig {
  const config = parseRunConfig(...given);
  if (config.mode !== 'train') throw new Error(`mode ${config.mode}`);
  return config;
}

function messageOf(text: string, overrides: string[] = []): string {
  try {
    parseRunConfig(text, 'my.tatabox.yaml', overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(TataboxError);
    return (error as Error).message;
  }
  return 'no error';
}

describe('run configs', () => {
  it('fills in defaults', () => {
    const config = parseTrainConfig(shipped, 'quickstart');
    expect(config.evaluation.resamples).toBe(1000);
    expect(config.training.validateEvery).toBe(1);
    expect(config.data.features[3]).toMatchObject({ column: 'utr5_gc', missing: 'mean' });
  });

  it('names file, line and the nearest key for an unknown one', () => {
    const text = shipped.replace('batchSize: 64', 'batchsize: 64');
    const line = text.split('\n').findIndex((each) => each.includes('batchsize')) + 1;
    const message = messageOf(text);
    expect(message).toContain(`my.tatabox.yaml, line ${line}`);
    expect(message).toContain('batchSize');
  });

  it('names file, line and path for a value of the wrong type', () => {
    const message = messageOf(shipped.replace('maxShift: 20', 'maxShift: many'));
    expect(message).toMatch(/my\.tatabox\.yaml, line \d+: data\.maxShift/);
  });

  it.each([
    ['', 'nothing'],
    ['- a\n- b', 'a list'],
    ['mode: train\nmode: train', 'line 2'],
    ['mode: [', 'valid YAML'],
    ['mode: fly', 'mode'],
  ])('refuses %j', (text, part) => {
    expect(messageOf(text)).toContain(part);
  });

  it('answers any text with a config or a typed error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseRunConfig(text, 'any');
        } catch (error) {
          expect(error).toBeInstanceOf(TataboxError);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('--set', () => {
  it('sets values by path, read as YAML, and leaves the rest', () => {
    const config = parseTrainConfig(shipped, 'quickstart', [
      'training.epochs=3',
      'seeds=[7]',
      'data.features.0.column=orf_len',
      'evaluation.baselines=false',
    ]);
    expect(config.training.epochs).toBe(3);
    expect(config.seeds).toEqual([7]);
    expect(config.data.features[0]).toMatchObject({ column: 'orf_len', transform: 'log10' });
    expect(config.evaluation.baselines).toBe(false);
    expect(config.training.batchSize).toBe(64);
  });

  it.each(['training.epochs', '=5', 'a..b=1', '__proto__.x=1'])('refuses %s', (override) => {
    expect(messageOf(shipped, [override])).toContain('path=value');
  });

  it('does not go through a value', () => {
    expect(() => applyOverrides({ name: 'a' }, ['name.first=1'])).toThrow("'name' is a value");
  });
});
