import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { nearestNeighbours } from '../../../kernel-lib/src/interpretation/embed-neighbours.ts';
import { labelSeparation } from '../../../kernel-lib/src/interpretation/embed-separation.ts';
import { principalComponents } from '../../../kernel-lib/src/interpretation/principal-components.ts';
import { umap } from '../../../kernel-lib/src/interpretation/umap.ts';

const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'golden/embeddings.json'), 'utf8'),
) as Record<
  'values' | 'projected' | 'axes' | 'explained' | 'neighbours' | 'distances',
  number[]
> & {
  rows: number;
  size: number;
  labels: string[];
  silhouette: number;
  accuracy: number;
};
const embeddings = { ...golden, values: Float32Array.from(golden.values) };

/** Groups of points around centres that lie apart. */
function groups(each: number, size: number, labels: readonly string[]) {
  const random = new Random(5);
  const all = labels.flatMap((label) => Array.from({ length: each }, () => label));
  const values = Float32Array.from({ length: all.length * size }, (_, i) => {
    const group = labels.indexOf(all[Math.floor(i / size)]!);
    return random.normal() + (i % size === group ? 12 : 0);
  });
  return { embeddings: { rows: all.length, size, values }, labels: all };
}

describe('principalComponents', () => {
  it('equals scikit-learn', async () => {
    const { projected, axes, explainedVariance } = await principalComponents(embeddings, {
      components: 3,
    });
    golden.projected.forEach((value, i) => {
      expect(projected.values[i]).toBeCloseTo(value, 4);
    });
    golden.axes.forEach((value, i) => {
      expect(axes[i]).toBeCloseTo(value, 4);
    });
    golden.explained.forEach((value, i) => {
      expect(explainedVariance[i]).toBeCloseTo(value, 5);
    });
  });

  it('gives the same with fewer rows than columns', async () => {
    // Columns are added that are always zero: distances and variances stay.
    const values = new Float32Array(24 * 40);
    for (let row = 0; row < 24; row++) {
      values.set(embeddings.values.subarray(row * 6, row * 6 + 6), row * 40);
    }
    const wide = await principalComponents({ rows: 24, size: 40, values }, { components: 3 });
    golden.projected.forEach((value, i) => {
      expect(wide.projected.values[i]).toBeCloseTo(value, 3);
    });
  });

  it('finds the directions of many columns by iteration', async () => {
    // Along unit vectors with falling deviations, so that the components are known.
    const [rows, size] = [400, 150];
    const random = new Random(2);
    const values = Float32Array.from(
      { length: rows * size },
      (_, i) => random.normal() * (i % size < 3 ? [9, 6, 4][i % size]! : 0.5),
    );
    const wide = await principalComponents({ rows, size, values }, { components: 3 });
    const short = values.filter((_, i) => i % size < 100);
    const exact = await principalComponents({ rows, size: 100, values: short }, { components: 3 });
    for (let component = 0; component < 3; component++) {
      const axis = wide.axes.subarray(component * size, (component + 1) * size);
      expect(axis[component]).toBeGreaterThan(0.99);
      expect(axis.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
      expect(wide.explainedVariance[component]).toBeLessThan(exact.explainedVariance[component]!);
      const scores = (of: Float32Array) =>
        Array.from({ length: rows }, (_, r) => of[r * 3 + component]!);
      const [a, b] = [scores(wide.projected.values), scores(exact.projected.values)];
      const product = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      const sizes = [a, b].map((own) => Math.hypot(...own));
      expect(product / (sizes[0]! * sizes[1]!)).toBeGreaterThan(0.999);
    }
    // Components of a transposed problem are those of the products of the rows.
    const flat = await principalComponents(
      { rows: 140, size, values: values.slice(0, 140 * size) },
      { components: 2 },
    );
    expect(flat.axes[0]).toBeGreaterThan(0.98);
  });

  it('takes vectors that are all equal', async () => {
    const same = { rows: 3, size: 2, values: Float32Array.of(1, 2, 1, 2, 1, 2) };
    const { projected, explainedVariance } = await principalComponents(same);
    expect([...projected.values]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...explainedVariance]).toEqual([0, 0]);
  });

  it('refuses what has no components', async () => {
    await expect(principalComponents(embeddings, { components: 7 })).rejects.toThrow(UsageError);
    const bad = { rows: 1, size: 2, values: Float32Array.of(1, NaN) };
    await expect(principalComponents(bad)).rejects.toThrow(InputError);
  });
});

describe('nearestNeighbours', () => {
  it('equals scikit-learn', async () => {
    const { indices, distances } = await nearestNeighbours(embeddings, { neighbours: 5 });
    expect([...indices]).toEqual(golden.neighbours);
    golden.distances.forEach((value, i) => {
      expect(distances[i]).toBeCloseTo(value, 4);
    });
    await expect(nearestNeighbours(embeddings, { neighbours: 24 })).rejects.toThrow(UsageError);
  });
});

describe('labelSeparation', () => {
  it('equals scikit-learn', async () => {
    const result = await labelSeparation(embeddings, golden.labels, { neighbours: 5 });
    expect(result.silhouette).toBeCloseTo(golden.silhouette, 5);
    expect(result.neighbourAccuracy).toBeCloseTo(golden.accuracy, 10);
    expect(result.balancedAccuracy).toBeCloseTo(golden.accuracy, 10);
    expect(result).toMatchObject({ rows: 24, labels: 3 });
    expect(result.chance).toBeCloseTo(1 / 3);
  });

  it('leaves out rows without a label, and knows groups', async () => {
    const { embeddings: points, labels } = groups(12, 4, ['x', 'y', '']);
    const result = await labelSeparation(points, labels);
    expect(result).toMatchObject({ rows: 24, labels: 2, neighbourAccuracy: 1 });
    expect(result.silhouette).toBeGreaterThan(0.7);
    const one = labels.map(() => 'x');
    await expect(labelSeparation(points, one)).rejects.toThrow(UsageError);
    await expect(labelSeparation(points, ['x'])).rejects.toThrow(/one a row/);
  });
});

describe('umap', () => {
  const { embeddings: points, labels } = groups(20, 8, ['x', 'y', 'z']);

  it('is the same for the same seed, and another for another', async () => {
    const first = await umap(points, { seed: 3, epochs: 60 });
    expect(first).toMatchObject({ rows: 60, size: 2 });
    expect((await umap(points, { seed: 3, epochs: 60 })).values).toEqual(first.values);
    expect((await umap(points, { seed: 4, epochs: 60 })).values).not.toEqual(first.values);
  });

  it('keeps groups together', async () => {
    const map = await umap(points, { seed: 1, principalComponents: 3 });
    const { neighbourAccuracy } = await labelSeparation(map, labels, { neighbours: 5 });
    expect(neighbourAccuracy).toBeGreaterThan(0.95);
  });

  it('takes few rows, stops on a signal and refuses bad options', async () => {
    const few = { rows: 4, size: 2, values: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 9) };
    expect((await umap(few)).values.every(Number.isFinite)).toBe(true);
    await expect(umap(points, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    const controller = new AbortController();
    const progress = ({ task }: { task: string }) => {
      if (task === 'UMAP') controller.abort();
    };
    await expect(
      umap(points, { signal: controller.signal, progress, epochs: 100_000 }),
    ).rejects.toThrow(InterruptedError);
    await expect(umap(points, { minDistance: 2 })).rejects.toThrow(UsageError);
    await expect(umap(points, { neighbors: 3 } as object)).rejects.toThrow(/neighbours/);
    await expect(umap({ ...few, rows: 2 })).rejects.toThrow(InputError);
  });
});
