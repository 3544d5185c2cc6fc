import { contrast, mixColours, readableColour, type Rgb } from './chart-colours.ts';

/** Colours of the four bases; U has that of T. */
export interface BasePalette {
  readonly A: string;
  readonly C: string;
  readonly G: string;
  readonly T: string;
}

/** Contrast of text with what is behind it that WCAG 2.2 asks for (criterion 1.4.3, level AA). */
export const TEXT_CONTRAST = 4.5;

/**
 * Our own, because themes have charts' colours that letters cannot be: half transparent, or orange and
 * red that are hardly told apart. They stand out by 6 to 1 at least, which leaves room for soft letters.
 */
const USUAL = {
  light: { A: '#0d6b2b', C: '#0550ae', G: '#7a4f00', T: '#b3151f' },
  dark: { A: '#7ccf7c', C: '#6cb6ff', G: '#e5b73b', T: '#ff7b72' },
} as const;

/** Okabe and Ito's, those that stand out from a light and from a dark background. */
const COLOR_BLIND_SAFE = {
  light: { A: '#009e73', C: '#0072b2', G: '#d55e00', T: '#000000' },
  dark: { A: '#009e73', C: '#56b4e9', G: '#e69f00', T: '#cc79a7' },
} as const;

/** The colours of bases on a light or a dark background. */
export function basePalette(kind: 'theme' | 'colorBlindSafe', light: boolean): BasePalette {
  return (kind === 'theme' ? USUAL : COLOR_BLIND_SAFE)[light ? 'light' : 'dark'];
}

/** A colour as text can have it on a background: made darker or lighter until it is readable. */
export function textColour(colour: Rgb, paper: Rgb): Rgb {
  const ink: Rgb = contrast([0, 0, 0], paper) > contrast([255, 255, 255], paper) ? BLACK : WHITE;
  return readableColour(colour, paper, ink, TEXT_CONTRAST);
}

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** A colour of text halfway to the background, or as far as it stays readable. */
export function softColour(colour: Rgb, paper: Rgb): Rgb {
  for (let share = 0.5; share > 0; share -= 0.05) {
    const mixed = mixColours(colour, paper, share);
    if (contrast(mixed, paper) >= TEXT_CONTRAST) return mixed;
  }
  return colour;
}
