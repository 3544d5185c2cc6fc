import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hexColor, rampColor } from '../../../kernel-lib/src/plots/color-scale.ts';
import { encodePng } from '../../../kernel-lib/src/plots/png-image.ts';
import { decodePng } from './svg-checks.ts';

it('encodePng is read back pixel by pixel', () => {
  const picture = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.uint8Array({
          minLength: width * height * 3,
          maxLength: width * height * 3,
        }),
      }),
    );
  fc.assert(
    fc.property(picture, ({ width, height, pixels }) => {
      const decoded = decodePng(encodePng(pixels, width, height));
      expect(decoded.width).toBe(width);
      expect(decoded.height).toBe(height);
      expect([...decoded.pixels]).toEqual([...pixels]);
    }),
  );
});

it('rampColor interpolates and clamps', () => {
  const ramp = ['#000000', '#ffffff', '#ff0000'];
  expect(hexColor(rampColor(ramp, 0.25))).toBe('#808080');
  expect(hexColor(rampColor(ramp, 0.5))).toBe('#ffffff');
  expect(hexColor(rampColor(ramp, -3))).toBe('#000000');
  expect(hexColor(rampColor(ramp, 7))).toBe('#ff0000');
});
