import { describe, expect, it } from 'vitest';
import { StreamingPearson } from '../../../kernel-lib/src/training/pearson.ts';

describe('StreamingPearson', () => {
  it('gives the correlation of each output, in batches as at once', () => {
    const x = [1, 10, 2, 30, 4, 20];
    const y = [2, 3, 1, 2, 5, 1];
    const whole = new StreamingPearson(2);
    whole.add(x, y);
    const parts = new StreamingPearson(2);
    parts.add(x.slice(0, 2), y.slice(0, 2));
    parts.add(x.slice(2), y.slice(2));
    // x1 = (1, 2, 4), y1 = (2, 1, 5): by hand 16/3 / sqrt(14/3 · 26/3)
    expect(whole.values()[0]).toBeCloseTo(16 / 3 / Math.sqrt((14 / 3) * (26 / 3)), 12);
    // x2 = (10, 30, 20), y2 = (3, 2, 1): -10 / sqrt(200 · 2)
    expect(whole.values()[1]).toBeCloseTo(-0.5, 12);
    expect(parts.values()[0]).toBeCloseTo(whole.values()[0]!, 12);
    expect(whole.mean()).toBeCloseTo((whole.values()[0]! - 0.5) / 2, 12);
  });

  it('leaves out outputs that do not vary', () => {
    const pearson = new StreamingPearson(2);
    pearson.add([1, 5, 2, 5], [1, 0, 2, 1]);
    expect(pearson.mean()).toBeCloseTo(1, 12);
    const none = new StreamingPearson(1);
    none.add([1, 1], [2, 3]);
    expect(none.mean()).toBeUndefined();
  });
});
