import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextKeys } from '../../../../extension/src/tracks/text-keys.ts';

it('orders texts by their code points, and equal ones as equal', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2 }), (texts) => {
      const keys = new TextKeys(texts.length);
      texts.forEach((text, row) => {
        keys.set(row, text);
      });
      for (const [a, first] of texts.entries()) {
        for (const [b, second] of texts.entries()) {
          const expected = Buffer.compare(Buffer.from(first), Buffer.from(second));
          expect(Math.sign(keys.compare(a, b))).toBe(expected);
        }
      }
    }),
    { numRuns: 100 },
  );
});

it('holds more than it has room for at first', () => {
  const keys = new TextKeys(20_001);
  for (let row = 0; row <= 20_000; row++) keys.set(row, `${'é'.repeat(250)}${String(row)}`);
  expect(keys.compare(0, 20_000)).toBe(0);
  keys.set(7, 'a');
  expect(keys.compare(7, 20_000)).toBeLessThan(0);
});
