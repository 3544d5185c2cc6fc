import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunConfig } from '../../../kernel-lib/src/runs/schema/read-run-config.ts';
import { architecture } from '../../../kernel-lib/src/models/registry.ts';

const folder = path.join(import.meta.dirname, '..', '..', '..', 'notebooks', 'florabert');

describe('the run configs beside the notebooks of FloraBERT', () => {
  it.each(['pretrain', 'pretrain-full', 'finetune', 'finetune-full'])(
    '%s is valid',
    async (name) => {
      const { config } = await readRunConfig(path.join(folder, `${name}.tatabox.yaml`));
      expect(config.mode).toBe(name.split('-')[0]);
      const files = JSON.stringify(config).match(/\.\.\/data[^"]*/g) ?? [];
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) expect(existsSync(path.join(folder, file)), file).toBe(true);
    },
  );

  it("holds the authors' sizes and recipe", async () => {
    const { config } = await readRunConfig(path.join(folder, 'pretrain-full.tatabox.yaml'));
    if (config.mode !== 'pretrain') throw new Error('another mode');
    const { preset = '' } = config.model;
    expect(architecture('roberta').presets[preset]).toMatchObject({
      encoder: { hidden_size: 768, num_hidden_layers: 6, num_attention_heads: 6, vocab_size: 5261 },
    });
    const { batchSize, accumulate, epochs, optimizer } = config.training;
    expect([batchSize, accumulate, epochs]).toEqual([64, 25, 3]);
    expect(optimizer).toMatchObject({ name: 'lamb', epsilon: 1e-6 });
  });
});
