import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { AttentionMaps } from '../../../kernel-lib/src/interpretation/attention.ts';
import type { PositionInfluence } from '../../../kernel-lib/src/interpretation/position-influence-profile.ts';
import { plotAttention } from '../../../kernel-lib/src/plots/plot-attention.ts';
import { plotEmbedding } from '../../../kernel-lib/src/plots/plot-embedding.ts';
import { plotPositionInfluence } from '../../../kernel-lib/src/plots/plot-position-influence.ts';
import { plotTokenAttributions } from '../../../kernel-lib/src/plots/plot-token-attributions.ts';
import type { Figure } from '../../../kernel-lib/src/plots/figure.ts';
import { readSvg } from './svg-checks.ts';

const folder = process.env['FIGURES'];

/** Looks at a figure as strict XML; writes it as PNG where FIGURES names a folder. */
async function looked(name: string, figure: Figure): Promise<string[]> {
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}.png`, await figure.toPng());
  }
  return readSvg(figure.svg).texts.map(({ text }) => text);
}

const random = new Random(4);
const letters = Array.from({ length: 130 }, () => 'ACGT'[random.integer(4)] ?? '').join('');

function maps(tokens: number, layers: number, heads: number): AttentionMaps {
  const probabilities = new Float32Array(layers * heads * tokens * tokens);
  for (let row = 0; row < layers * heads * tokens; row++) {
    const own = Float64Array.from({ length: tokens }, (_, i) =>
      Math.exp(2 * random.normal() - Math.abs(i - (row % tokens)) / 4),
    );
    const sum = own.reduce((a, b) => a + b, 0);
    probabilities.set(
      own.map((value) => value / sum),
      row * tokens,
    );
  }
  const offsets = new Int32Array(2 * tokens);
  for (let token = 1; token < tokens - 1; token++) {
    offsets.set([(token - 1) * 3, token * 3], 2 * token);
  }
  const sequence = letters.slice(0, (tokens - 2) * 3);
  return {
    sequence,
    tokens: Array.from({ length: tokens }, (_, i) =>
      i === 0 ? '<s>' : i === tokens - 1 ? '</s>' : sequence.slice(3 * i - 3, 3 * i),
    ),
    offsets,
    layers,
    heads,
    probabilities,
    warnings: [],
  };
}

describe('plotAttention', () => {
  it('shows all layers and heads, one with its tokens, and letters', async () => {
    const texts = await looked('attention-grid', plotAttention(maps(30, 3, 4)));
    expect(texts).toEqual(expect.arrayContaining(['Layer 2', 'Head 3', 'Attention']));
    const one = await looked(
      'attention-tokens',
      plotAttention(maps(30, 3, 4), { layer: 1, head: 2 }),
    );
    expect(one.filter((text) => text === '</s>')).toHaveLength(2);
    expect(one).toContain('Attention, layer 1, head 2');
    const byLetter = await looked(
      'attention-letters',
      plotAttention(maps(30, 2, 2), {
        rollout: true,
        unit: 'letters',
        start: -84,
        title: 'Rollout',
      }),
    );
    expect(byLetter).toContain('Attended position');
  });

  it('refuses what is not there', () => {
    expect(() => plotAttention(maps(5, 1, 1), { layer: 1 })).toThrow(UsageError);
    expect(() => plotAttention(maps(5, 1, 1), { layer: 0, rollout: true })).toThrow(UsageError);
    expect(() => plotAttention(maps(5, 1, 1), { layr: 0 } as object)).toThrow(/layer/);
    expect(() => plotAttention(maps(2, 1, 1), { layer: 0, unit: 'letters' })).toThrow(InputError);
  });
});

describe('plotTokenAttributions', () => {
  const contributions = Float32Array.from({ length: 130 }, () => random.normal() / 10);

  it('draws every letter and the borders of tokens', async () => {
    const offsets = Int32Array.of(0, 0, 0, 4, 4, 60, 60, 65, 65, 120, 0, 0);
    const figure = plotTokenAttributions(
      { sequence: letters, contributions, offsets },
      { start: -130, title: 'root', valueTitle: 'Contribution to log10(TPM + 1)' },
    );
    const texts = await looked('token-attributions', figure);
    expect(texts.filter((text) => /^[ACGT]$/.test(text)).join('')).toBe(letters);
    expect(texts).toEqual(expect.arrayContaining(['−130', '−70', '−10']));
    // Three borders inside the sequence and the end of what the model sees.
    expect(
      figure.svg.split('class="token-borders"')[1]?.split('</g>')[0]?.match(/<line/g),
    ).toHaveLength(4);
    expect(figure.svg.match(/#f2f2f2/g)).toHaveLength(10);
  });

  it('takes contributions of zero and refuses others', async () => {
    await looked(
      'token-zero',
      plotTokenAttributions({ sequence: 'ACG', contributions: [0, 0, 0] }),
    );
    expect(() => plotTokenAttributions({ sequence: '', contributions: [] })).toThrow(InputError);
    expect(() => plotTokenAttributions({ sequence: 'A', contributions: [NaN] })).toThrow(
      InputError,
    );
    expect(() => plotTokenAttributions({ sequence: 'AC', contributions: [1] })).toThrow(InputError);
  });
});

describe('plotEmbedding', () => {
  const rows = 120;
  const values = Float32Array.from({ length: rows * 2 }, (_, i) => random.normal() + (i % 6));
  const names = Array.from({ length: rows }, (_, i) => `gene ${String(i)}`);

  it('colours by labels, with shapes where there are many', async () => {
    const few = names.map((_, i) => ['Tropical', 'Non-stiff-stalk', ''][i % 3] ?? '');
    const figure = await plotEmbedding(
      { rows, size: 2, values, names, color: few, tooltips: { 'line.x': few } },
      { colorTitle: 'Subpopulation', explainedVariance: [0.31, 0.12], caption: 'A caption' },
    );
    const texts = await looked('embedding-labels', figure);
    expect(texts).toEqual(
      expect.arrayContaining([
        'Tropical',
        'no label',
        'Principal component 1 (31.0 % of variance)',
      ]),
    );
    const many = names.map((_, i) => `Line ${String(i % 26)}`);
    const lines = await plotEmbedding({ rows, size: 2, values, names, color: many });
    expect(await looked('embedding-lines', lines)).toContain('Line 25');
    const all = names.map((_, i) => `Gene ${String(i)}`);
    const others = await plotEmbedding({ rows, size: 2, values, names, color: all });
    expect(await looked('embedding-many', others)).toContain('others');
  });

  it('colours by numbers', async () => {
    const color = names.map((_, i) => i / 10);
    const figure = await plotEmbedding(
      { rows, size: 2, values, color },
      { colorTitle: 'log10 TPM' },
    );
    expect(await looked('embedding-numbers', figure)).toContain('log10 TPM');
    expect(figure.description).toContain('120 sequences');
  });

  it('refuses what it cannot draw', async () => {
    await expect(plotEmbedding({ rows: 3, size: 2, values })).rejects.toThrow(InputError);
    await expect(plotEmbedding({ rows, size: 2, values, names: ['x'] })).rejects.toThrow(
      InputError,
    );
    const bad = values.slice();
    bad[3] = NaN;
    await expect(plotEmbedding({ rows, size: 2, values: bad })).rejects.toThrow(/finite/);
  });
});

describe('plotPositionInfluence', () => {
  const profile = (output: string) => ({
    output,
    share: 0.35,
    shareLow: 0.3,
    shareHigh: 0.4,
    expectedShare: 0.1,
    enrichment: 3,
    pValue: 0.002,
    bins: Array.from({ length: 20 }, (_, i) => {
      const mean = i === 7 ? NaN : 0.02 + 0.1 * Math.exp(-i / 2);
      return {
        ...{ start: i * 50, end: i * 50 + 50, count: 40, mean },
        ...{ low: mean - 0.006, high: mean + 0.006, nullLow: 0.02, nullHigh: 0.03 },
      };
    }),
  });
  const influence: PositionInfluence = {
    within: 100,
    sequences: 10,
    substitutions: 800,
    profiles: ['all', 'root', 'tip', 'ear'].map(profile),
  };

  it('shows a panel for each output, and one alone', async () => {
    const texts = await looked('influence-all', await plotPositionInfluence(influence));
    expect(texts).toEqual(
      expect.arrayContaining(['all outputs', 'root', 'Distance from TSS (bp)']),
    );
    expect(texts).toContain('35 % within 100 bp (10 % expected, p = 0.0020)');
    const one = await plotPositionInfluence(influence, { outputs: ['all'], title: 'FloraBERT' });
    expect(await looked('influence-one', one)).toContain('FloraBERT');
    await expect(plotPositionInfluence(influence, { outputs: ['rot'] })).rejects.toThrow(/root/);
  });

  it('works without bands', async () => {
    const bare = {
      ...influence,
      profiles: [profile('all')].map((each) => ({
        ...each,
        pValue: NaN,
        bins: each.bins.map((bin) => ({
          ...bin,
          low: NaN,
          high: NaN,
          nullLow: NaN,
          nullHigh: NaN,
        })),
      })),
    };
    expect(await looked('influence-bare', await plotPositionInfluence(bare))).toContain(
      'all outputs',
    );
  });
});
