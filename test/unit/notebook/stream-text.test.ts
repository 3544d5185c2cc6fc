import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  resolveCarriageReturns,
  StreamText,
} from '../../../kernel-lib/src/notebook/stream-text.ts';

describe('resolveCarriageReturns', () => {
  it.each([
    ['plain\ntext\n', 'plain\ntext\n'],
    ['dos\r\nlines\r\n', 'dos\nlines\n'],
    ['10 %\r20 %\r30 %\ndone', '30 %\ndone'],
    ['longer line\rshort', 'shortr line'],
    ['50 %\r', '50 %'],
    ['a long state\r\x1b[Kend\n', 'end\n'],
    ['\x1b[31mred\x1b[0m\r\x1b[32mgreen\x1b[0m', '\x1b[32mgreen\x1b[0m'],
    ['abc\b\bxy', 'axy'],
    ['\b', ''],
  ])('%j becomes %j', (text, shown) => {
    expect(resolveCarriageReturns(text)).toBe(shown);
  });
});

describe('StreamText', () => {
  it('gives the same whatever the pieces that the text came in', () => {
    const character = fc.constantFrom('a', 'b', ' ', '\n', '\r');
    fc.assert(
      fc.property(fc.array(fc.string({ unit: character, maxLength: 9 })), (pieces) => {
        const text = new StreamText(1_000_000);
        for (const piece of pieces) text.append(piece);
        expect(String(text)).toBe(resolveCarriageReturns(pieces.join('')));
      }),
    );
  });

  it('keeps the beginning and the end of a long text and says what it left out', () => {
    const text = new StreamText(100);
    for (let i = 0; i < 1000; i++) text.append(`line ${i}\n`);
    const shown = String(text);
    expect(shown.length).toBeLessThan(160);
    expect(shown).toMatch(/^line 0\nline 1\n/);
    expect(shown).toMatch(/line 998\nline 999\n$/);
    const omitted = Number(/… ([\d,]+) characters left out/.exec(shown)?.[1]?.replaceAll(',', ''));
    expect(omitted).toBe(8890 - 100);
    expect(String(text)).toBe(shown);
  });

  it('forgets the states of a progress bar that never ends its line', () => {
    const text = new StreamText(1000);
    for (let i = 0; i <= 10_000; i++) text.append(`\rstep ${i}`);
    expect(String(text)).toBe('step 10000');
  });
});
