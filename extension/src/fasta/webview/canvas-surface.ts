import { element } from '../../webviews/element.ts';
import { isLightTheme, themeColors, type ThemeColor } from './letter-colors.ts';

/** What a drawing is made with; the context is in CSS pixels. */
export interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
  readonly theme: ThemeColor;
  readonly light: boolean;
}

/**
 * A canvas as large as its box in device pixels, drawn at most once a frame, and again when its size,
 * the theme or the screen changes.
 */
export class CanvasSurface {
  readonly element: HTMLCanvasElement;
  readonly #draw: (drawing: Drawing) => void;
  readonly #resized: () => void;
  #asked = 0;
  #theme: ThemeColor = themeColors();
  #light = isLightTheme();

  constructor(
    name: string,
    draw: (drawing: Drawing) => void,
    resized: () => void = () => undefined,
  ) {
    this.element = element('canvas', { class: name });
    this.#draw = draw;
    this.#resized = resized;
    new ResizeObserver(() => {
      this.#resized();
      this.ask();
    }).observe(this.element);
    // VS Code changes the body's class and the root's variables with the theme.
    const theme = new MutationObserver(() => {
      this.#theme = themeColors();
      this.#light = isLightTheme();
      this.#resized();
      this.ask();
    });
    const options = { attributes: true, attributeFilter: ['style', 'class'] };
    theme.observe(document.documentElement, options);
    theme.observe(document.body, options);
  }

  get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  get theme(): ThemeColor {
    return this.#theme;
  }

  get light(): boolean {
    return this.#light;
  }

  /** Asks for a drawing with the next frame. */
  ask(): void {
    if (this.#asked !== 0) return;
    this.#asked = requestAnimationFrame(() => {
      this.#asked = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const { ratio } = this;
    const { clientWidth: width, clientHeight: height } = this.element;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (w === 0 || h === 0) return;
    // Setting the size, even to what it is, makes a new buffer.
    if (this.element.width !== w) this.element.width = w;
    if (this.element.height !== h) this.element.height = h;
    const context = this.element.getContext('2d');
    if (context === null) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, w, h);
    context.scale(ratio, ratio);
    this.#draw({ context, width, height, ratio, theme: this.#theme, light: this.#light });
  }
}
