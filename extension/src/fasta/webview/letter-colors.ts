import { basePalette, softColour, textColour } from '../../webviews/base-palette.ts';
import { formatColour, parseColour, type Rgb } from '../../webviews/chart-colours.ts';
import type { BaseColors } from '../fasta-protocol.ts';

/** How a letter is drawn. */
export interface LetterStyle {
  /** A CSS colour. */
  readonly color: string;
  /** That of the lower-case (soft-masked) letter. */
  readonly soft: string;
  /** Letters for more than one base or residue are underlined: seen without colour, too. */
  readonly ambiguous: boolean;
}

/** Gives the value of a theme's variable, as `--vscode-charts-green`. */
export type ThemeColor = (variable: string, fallback: string) => string;

/** Reads the theme's variables as they are now. */
export function themeColors(): ThemeColor {
  const style = getComputedStyle(document.documentElement);
  return (variable, fallback) => style.getPropertyValue(variable).trim() || fallback;
}

/** Whether the theme has a light background, by the class that VS Code gives to the body. */
export function isLightTheme(): boolean {
  const { classList } = document.body;
  return classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light');
}

/** Residues by property, as ClustalX groups them. */
const RESIDUES: readonly (readonly [letters: string, kind: ResidueKind])[] = [
  ['AILMVFW', 'hydrophobic'],
  ['KR', 'positive'],
  ['DE', 'negative'],
  ['NQST', 'polar'],
  ['C', 'cysteine'],
  ['G', 'glycine'],
  ['P', 'proline'],
  ['HY', 'aromatic'],
];

type ResidueKind =
  | 'hydrophobic'
  | 'positive'
  | 'negative'
  | 'polar'
  | 'cysteine'
  | 'glycine'
  | 'proline'
  | 'aromatic';

/** Okabe and Ito's again; kinds that share one are told apart by their letters. */
const RESIDUE_OKABE_ITO: Readonly<Record<ResidueKind, readonly [light: string, dark: string]>> = {
  hydrophobic: ['#0072b2', '#56b4e9'],
  positive: ['#d55e00', '#d55e00'],
  negative: ['#a0447c', '#cc79a7'],
  polar: ['#009e73', '#009e73'],
  cysteine: ['#8a6d00', '#f0e442'],
  glycine: ['#b26a00', '#e69f00'],
  proline: ['#8a6d00', '#f0e442'],
  aromatic: ['#0072b2', '#56b4e9'],
};

const RESIDUE_THEME: Readonly<Record<ResidueKind, readonly [variable: string, fallback: string]>> =
  {
    hydrophobic: ['--vscode-charts-blue', '#3794ff'],
    positive: ['--vscode-charts-red', '#f14c4c'],
    negative: ['--vscode-charts-purple', '#b180d7'],
    polar: ['--vscode-charts-green', '#89d185'],
    cysteine: ['--vscode-charts-yellow', '#cca700'],
    glycine: ['--vscode-editorWarning-foreground', '#cca700'],
    proline: ['--vscode-charts-yellow', '#cca700'],
    aromatic: ['--vscode-terminal-ansiCyan', '#11a8cd'],
  };

/** Colours of bases or residues in the theme that is shown; the key is the upper-case letter. */
export function letterStyles(
  colors: BaseColors,
  alphabet: 'DNA' | 'RNA' | 'protein',
  theme: ThemeColor,
  light: boolean,
): ReadonlyMap<string, LetterStyle> {
  const text = theme('--vscode-editor-foreground', light ? '#333' : '#ccc');
  const faint = theme('--vscode-descriptionForeground', text);
  const paper = rgbOf(theme('--vscode-editor-background', ''), light ? WHITE : DARK);
  const styles = new Map<string, LetterStyle>();
  const set = (letters: string, wanted: string, ambiguous = false): void => {
    const own = rgbOf(colors === 'none' ? text : wanted, rgbOf(text, [128, 128, 128]));
    const readable = textColour(own, paper);
    const color = formatColour(readable);
    const soft = formatColour(softColour(readable, paper));
    for (const letter of letters) styles.set(letter, { color, soft, ambiguous });
  };
  if (alphabet === 'protein') {
    for (const [letters, kind] of RESIDUES) {
      const safe = RESIDUE_OKABE_ITO[kind][light ? 0 : 1];
      set(letters, colors === 'colorBlindSafe' ? safe : theme(...RESIDUE_THEME[kind]));
    }
    set('BJZUOX', text, true);
  } else {
    const of = basePalette(colors === 'colorBlindSafe' ? colors : 'theme', light);
    set('A', of.A);
    set('C', of.C);
    set('G', of.G);
    set('TU', of.T);
    set('RYSWKMBDHV', text, true);
    set('N', faint, true);
  }
  set('-.*', faint);
  return styles;
}

const WHITE: Rgb = [255, 255, 255];
const DARK: Rgb = [31, 31, 31];

function rgbOf(color: string, otherwise: Rgb): Rgb {
  return parseColour(color) ?? otherwise;
}
