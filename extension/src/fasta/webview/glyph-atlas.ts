import type { LetterStyle } from './letter-colors.ts';

/** How letters look; sizes are device pixels. */
export interface GlyphOptions {
  readonly font: string;
  readonly width: number;
  readonly height: number;
  readonly styles: ReadonlyMap<string, LetterStyle>;
  readonly text: string;
}

const COLUMNS = 32;
const ROWS = 4;

/**
 * Letters drawn once and copied as pictures afterwards: thousands of texts a frame would not come to
 * 60 frames a second, pictures of one canvas do.
 */
export class GlyphAtlas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #options: GlyphOptions;
  readonly #drawn = new Uint8Array(COLUMNS * ROWS);

  constructor(options: GlyphOptions) {
    this.#options = options;
    this.#canvas = document.createElement('canvas');
    this.#canvas.width = COLUMNS * options.width;
    this.#canvas.height = ROWS * options.height;
    this.#context = this.#canvas.getContext('2d');
  }

  #make(code: number): void {
    const context = this.#context;
    if (context === null) return;
    const { font, width, height, styles, text } = this.#options;
    const letter = String.fromCharCode(code);
    const upper = letter.toUpperCase();
    const style = styles.get(upper);
    const x = (code % COLUMNS) * width;
    const y = Math.floor(code / COLUMNS) * height;
    context.font = font;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = (letter === upper ? style?.color : style?.soft) ?? text;
    context.fillText(letter, x + width / 2, y + height / 2, width);
    if (style?.ambiguous === true) {
      const thick = Math.max(1, Math.round(height / 16));
      context.fillRect(x + thick, y + height - 2 * thick, width - 2 * thick, thick);
    }
    this.#drawn[code] = 1;
  }

  /** Draws a letter of ASCII with its left upper corner at a device pixel. */
  draw(to: CanvasRenderingContext2D, code: number, x: number, y: number): void {
    if (code <= 32 || code >= COLUMNS * ROWS) return;
    if (this.#drawn[code] === 0) this.#make(code);
    const { width, height } = this.#options;
    const left = (code % COLUMNS) * width;
    const top = Math.floor(code / COLUMNS) * height;
    to.drawImage(this.#canvas, left, top, width, height, x, y, width, height);
  }
}
