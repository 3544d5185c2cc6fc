import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { choleskyInPlace, choleskySolve } from '../../../kernel-lib/src/evaluation/cholesky.ts';
import {
  chooseNestedRidge,
  chooseRidge,
  fitRidge,
  predictLeadingColumns,
} from '../../../kernel-lib/src/evaluation/ridge.ts';

/**
 * NumPy: mu, s = X[:9].mean(0), X[:9].std(0) + 1e-6; Z = (X - mu) / s;
 * w = solve(Z[:9].T @ Z[:9] + 2.5 * eye(4), Z[:9].T @ (t[:9] - t[:9].mean()))
 */
const golden = {
  X: [
    [-0.971, 88.64, 5.042, 2.0],
    [-1.272, 106.14, 4.88, 2.0],
    [-0.007, 95.547, 4.995, 2.0],
    [-0.517, 87.407, 4.816, 2.0],
    [-0.352, 102.651, 4.954, 2.0],
    [-0.721, 94.802, 5.016, 2.0],
    [0.1, 119.012, 5.048, 2.0],
    [1.734, 103.478, 4.906, 2.0],
    [0.018, 93.848, 4.937, 2.0],
    [0.048, 110.688, 4.967, 2.0],
    [1.876, 87.854, 5.026, 2.0],
    [-1.059, 89.742, 4.998, 2.0],
  ],
  target: [-1.503, -1.218, 0.715, -0.22, 0.517, -0.26, 0.588, 3.561, 0.641, 0.177, 2.586, -1.978],
  coefficients: [1.0269498817899116, 0.1250195766451987, -0.11893235679754635, 0.0],
  predicted: [
    -0.9058938706976276, -0.787741059881726, 0.4697636500213431, 0.00972692272395248,
    0.19881580557292616, -0.46832526022483945, 0.8331317274854617, 2.8999372778053782,
    0.5715848071951348, 0.786679148913425, 2.6753303095844134, -0.9305765707413032,
  ],
};
const design = { values: Float64Array.from(golden.X.flat()), columns: 4 };
const train = [0, 1, 2, 3, 4, 5, 6, 7, 8];

function randomDesign(rows: number, columns: number, seed = 1) {
  const random = new Random(seed);
  const values = Float64Array.from({ length: rows * columns }, () => random.normal());
  const target = Float64Array.from(
    { length: rows },
    (_, row) => (values[row * columns] ?? 0) - (values[row * columns + 1] ?? 0) + random.normal(),
  );
  return { design: { values, columns }, target };
}

describe('fitRidge', () => {
  it("equals NumPy's solution, a constant column included", async () => {
    const model = await fitRidge(design, golden.target, { train, penalty: 2.5 });
    golden.coefficients.forEach((value, i) => {
      expect(model.coefficients[i]).toBeCloseTo(value, 10);
    });
    const predicted = model.predict(design);
    golden.predicted.forEach((value, i) => {
      expect(predicted[i]).toBeCloseTo(value, 10);
    });
  });

  it('fulfils the normal equations for any number of columns and more rows than a block', async () => {
    for (const [rows, columns] of [
      [700, 10],
      [40, 11],
      [30, 12],
    ] as const) {
      const { design: random, target } = randomDesign(rows, columns);
      const model = await fitRidge(random, target, { penalty: 3 });
      const predicted = model.predict(random);
      for (let j = 0; j < columns; j++) {
        // Zᵀ(y − ŷ) = λw
        let gradient = 0;
        for (let i = 0; i < rows; i++) {
          const z = (random.values[i * columns + j]! - model.means[j]!) / model.scales[j]!;
          gradient += z * (target[i]! - predicted[i]!);
        }
        expect(gradient).toBeCloseTo(3 * model.coefficients[j]!, 8);
      }
    }
  });

  it('refuses a missing value, a penalty of 0 and the wrong number of columns', async () => {
    const holed = { values: design.values.slice(), columns: 4 };
    holed.values[5] = NaN;
    await expect(fitRidge(holed, golden.target, { penalty: 1 })).rejects.toThrow(/column 1: NaN/);
    await expect(fitRidge(design, golden.target, { penalty: 0 })).rejects.toThrow(/above 0/);
    await expect(fitRidge(design, [1, 2], { penalty: 1 })).rejects.toThrow(/2 targets/);
    const model = await fitRidge(design, golden.target, { penalty: 1 });
    expect(() => model.predict({ values: new Float64Array(3), columns: 3 })).toThrow(
      /3 columns; expected the 4 columns/,
    );
  });

  it('stops when it is aborted', async () => {
    const { design: large, target } = randomDesign(1500, 300);
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 1);
    await expect(
      fitRidge(large, target, { penalty: 1, signal: controller.signal }),
    ).rejects.toThrow(/ridge regression: interrupted/);
  });
});

describe('chooseRidge', () => {
  it('takes the penalty with the smallest validation error', async () => {
    const { design: random, target } = randomDesign(120, 30);
    const rows = Array.from({ length: 120 }, (_, i) => i);
    const parts = { train: rows.slice(0, 60), validation: rows.slice(60, 90) };
    const { penalty, tried, model } = await chooseRidge(random, target, parts);
    expect(tried.map((one) => one.penalty)).toEqual([1, 10, 100, 1e3, 3e3, 1e4, 3e4, 1e5]);
    const best = tried.reduce((a, b) => (b.validationError < a.validationError ? b : a));
    expect(penalty).toBe(best.penalty);
    const predicted = model.predict(random);
    const error =
      parts.validation.reduce((sum, i) => sum + (target[i]! - predicted[i]!) ** 2, 0) / 30;
    expect(best.validationError).toBeCloseTo(error, 10);
  });

  it('gives the same for the leading columns alone and nested', async () => {
    const { design: random, target } = randomDesign(80, 8);
    const rows = Array.from({ length: 80 }, (_, i) => i);
    const parts = { train: rows.slice(0, 50), validation: rows.slice(50) };
    const values = Float64Array.from(
      rows.flatMap((row) => [...random.values.subarray(row * 8, row * 8 + 5)]),
    );
    const alone = await chooseRidge({ values, columns: 5 }, target, parts);
    const [nested, all] = await chooseNestedRidge(random, target, [5, 8], parts);
    expect(nested?.penalty).toBe(alone.penalty);
    const expected = alone.model.predict({ values, columns: 5 });
    const predicted = predictLeadingColumns(nested!.model, random, rows);
    for (const row of rows) expect(predicted[row]).toBeCloseTo(expected[row]!, 10);
    expect(all?.model.coefficients).toHaveLength(8);
  });

  it('wants rows to choose on', async () => {
    await expect(chooseRidge(design, golden.target, { train, validation: [] })).rejects.toThrow(
      /validation: nothing/,
    );
  });
});

describe('Cholesky', () => {
  it('solves a small system exactly', async () => {
    // prettier-ignore
    const matrix = Float64Array.of(
      4, 0, 0,
      2, 5, 0,
      2, 3, 6);
    await choleskyInPlace(matrix, 3);
    // L = [[2], [1, 2], [1, 1, 2]]
    expect([...matrix]).toEqual([2, 0, 0, 1, 2, 0, 1, 1, 2]);
    // [[4, 2, 2], [2, 5, 3], [2, 3, 6]] · [1, 2, 3] = [14, 21, 26]
    expect([...choleskySolve(matrix, 3, Float64Array.of(14, 21, 26), 3)]).toEqual([1, 2, 3]);
  });

  it('says that a matrix is not positive definite', async () => {
    await expect(choleskyInPlace(Float64Array.of(1, 0, 0, 2, 1, 0, 0, 0, 1), 3)).rejects.toThrow(
      /not positive definite/,
    );
  });
});
