import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxCox,
  boxCoxLogLikelihood,
  fitBoxCox,
  inverseBoxCox,
} from '../../../kernel-lib/src/datasets/box-cox.ts';
import { readTable } from '../../../kernel-lib/src/formats/table.ts';

interface Fitted {
  readonly lambda_: number;
  readonly llf: number;
}

interface Golden {
  readonly cases: Readonly<
    Record<string, Fitted & { values: readonly number[]; transformed: readonly number[] }>
  >;
  readonly maize_root_plus_1: Fitted & { first: readonly number[]; n: number };
  readonly inverse: readonly { value: number; lambda_: number; result: number }[];
}

const golden = JSON.parse(
  await readFile(new URL('golden/box-cox.json', import.meta.url), 'utf8'),
) as Golden;

describe('boxCox', () => {
  it.each(Object.keys(golden.cases))('fits λ as scipy: %s', (name) => {
    const { values, lambda_, llf, transformed } = golden.cases[name]!;
    const lambda = fitBoxCox(values);
    expect(Math.abs(lambda - lambda_)).toBeLessThan(2e-6 * Math.max(1, Math.abs(lambda_)));
    expect(boxCoxLogLikelihood(lambda_, values)).toBeCloseTo(llf, 7);
    expect(boxCoxLogLikelihood(lambda, values)).toBeGreaterThanOrEqual(llf - 1e-9 * Math.abs(llf));
    values.forEach((value, i) => {
      expect(boxCox(value, lambda_)).toBeCloseTo(transformed[i]!, 7);
    });
  });

  it('fits λ of the TPM of maize roots as scipy', async () => {
    const file = new URL(
      '../../../notebooks/data/maize/maize_nam_promoters_tpm.tsv.gz',
      import.meta.url,
    ).pathname;
    const table = await readTable(file, { columns: { tpm_root: 'number' } });
    const values = Float64Array.from(table.array('tpm_root') as number[], (tpm) => tpm + 1);
    const { lambda_, llf, n, first } = golden.maize_root_plus_1;
    expect(values).toHaveLength(n);
    expect(fitBoxCox(values)).toBeCloseTo(lambda_, 6);
    expect(boxCoxLogLikelihood(lambda_, values)).toBeCloseTo(llf, 6);
    first.forEach((value, i) => {
      expect(boxCox(values[i]!, lambda_)).toBeCloseTo(value, 10);
    });
  });

  it('inverts as scipy, and exactly', () => {
    for (const { value, lambda_, result } of golden.inverse) {
      expect(inverseBoxCox(value, lambda_) / result).toBeCloseTo(1, 12);
    }
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: -1, max: 2, noNaN: true }),
        (value, lambda) => {
          // Of λ = -1 a number near 10⁶ keeps ten digits: 1 − 10⁻⁶ has no more of it.
          expect(inverseBoxCox(boxCox(value, lambda), lambda) / value).toBeCloseTo(1, 7);
        },
      ),
    );
  });

  it('gives the end of the range for what no number has', () => {
    expect(inverseBoxCox(-3, 0.5)).toBe(0);
    expect(inverseBoxCox(9, -0.5)).toBe(Infinity);
    expect(inverseBoxCox(NaN, 0.5)).toBeNaN();
    expect(inverseBoxCox(0, 0)).toBe(1);
    expect(boxCox(0, 0.5)).toBeNaN();
  });

  it('fits numbers of any size', () => {
    for (const scale of [1e-200, 1, 1e200]) {
      const values = [0.5, 1, 4, 9, 2].map((value) => value * scale);
      expect(fitBoxCox(values)).toBeCloseTo(fitBoxCox([0.5, 1, 4, 9, 2]), 5);
    }
    expect(Number.isFinite(fitBoxCox([1, 1 + 1e-9]))).toBe(true);
    expect(Number.isFinite(fitBoxCox([1e-300, 1e300, 1]))).toBe(true);
  });

  it('refuses what has no λ', () => {
    expect(() => fitBoxCox([1, 0, 2])).toThrow(/value 1: 0; expected a finite number above 0/);
    expect(() => fitBoxCox([1, NaN])).toThrow(/NaN/);
    expect(() => fitBoxCox([3, 3])).toThrow(/one and the same number/);
    expect(() => fitBoxCox([])).toThrow(/no numbers/);
  });
});
