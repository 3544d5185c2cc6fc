import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../../kernel-lib/src/core/nearest.ts';

describe('nearest', () => {
  it('finds the known name with the fewest edits, whatever the case', () => {
    expect(nearest('learing_rate', ['loss', 'learning_rate'])).toBe('learning_rate');
    expect(nearest('TRIAN', ['train', 'tokenize'])).toBe('train');
    expect(nearest('ab', ['abcd', 'abcde'])).toBe('abcd');
    expect(nearest('xyz', ['learning_rate'])).toBeUndefined();
    expect(suggestion('xyz', ['a_long_name'])).toBe('Known: a_long_name.');
  });

  it('takes no time for a name of megabytes', () => {
    const begin = performance.now();
    expect(nearest('x'.repeat(10 * 2 ** 20), ['train', 'pretrain'])).toBeUndefined();
    expect(nearest('train', ['x'.repeat(10 * 2 ** 20), 'trian'])).toBe('trian');
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
