import path from 'node:path';
import { Displayable, type MimeBundle } from '../core/display.ts';
import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { renderPng, type PngOptions } from './render-png.ts';
import { renderVega, type VegaLiteSpecification } from './render-vega.ts';
import { svgSize } from './svg.ts';

/** What a figure is made of. */
export interface FigureParts {
  readonly svg: string;
  /** The Vega-Lite 5 specification that the SVG was made from, where there is one. */
  readonly specification?: VegaLiteSpecification;
  /** Short name of the figure. */
  readonly title: string;
  /** Alternative text: what the figure shows. */
  readonly description: string;
}

const savers = ['.svg', '.png', '.json'];

/**
 * A figure: shown in a notebook, saved as SVG, PNG or Vega-Lite JSON. In a terminal it is one line
 * of text.
 */
export class Figure extends Displayable {
  readonly svg: string;
  readonly specification?: VegaLiteSpecification;
  readonly title: string;
  readonly description: string;

  constructor(parts: FigureParts) {
    super();
    this.svg = parts.svg;
    if (parts.specification !== undefined) this.specification = parts.specification;
    this.title = parts.title;
    this.description = parts.description;
  }

  /** Vega-Lite (where there is a specification), SVG and a line of text. */
  override mimeBundle(): MimeBundle {
    const bundle: Record<string, string | object> = {};
    if (this.specification !== undefined) {
      bundle['application/vnd.vegalite.v5+json'] = this.specification;
    }
    bundle['image/svg+xml'] = this.svg;
    const { width, height } = svgSize(this.svg);
    bundle['text/plain'] = `[figure ${width} × ${height}] ${this.title}: ${this.description}`;
    return bundle;
  }

  /** The bytes of a PNG file on white; default scale 2. */
  toPng(options: PngOptions = {}): Promise<Uint8Array> {
    return renderPng(this.svg, options);
  }

  /**
   * Saves the figure, complete or not at all; the ending of the name chooses the format: `.svg`,
   * `.png` or `.json` (the Vega-Lite specification).
   *
   * @param options size of a PNG
   * @returns the path
   * @throws UsageError for another ending, or for `.json` where the figure has no specification
   * @example
   * await figure.save('figures/training.png', { scale: 3 });
   */
  async save(file: string, options: PngOptions = {}): Promise<string> {
    const extension = path.extname(file).toLowerCase();
    if (!savers.includes(extension)) {
      throw new UsageError({
        where: `figure file '${file}'`,
        found: extension === '' ? 'no file ending' : `ending '${extension}'`,
        expected: 'a name that ends in .svg, .png or .json',
        fix: suggestion(extension, savers),
      });
    }
    await writeFileAtomically(file, await this.content(extension, file, options));
    return file;
  }

  private async content(
    extension: string,
    file: string,
    options: PngOptions,
  ): Promise<string | Uint8Array> {
    if (extension === '.svg') return `${this.svg}\n`;
    if (extension === '.png') return this.toPng(options);
    if (this.specification === undefined) {
      throw new UsageError({
        where: `figure file '${file}'`,
        found: 'this figure was drawn directly and has no Vega-Lite specification',
        fix: 'Save it as .svg or .png.',
      });
    }
    return `${JSON.stringify(this.specification, null, 1)}\n`;
  }
}

/**
 * A figure from one's own Vega-Lite 5 specification, with its data inside.
 *
 * @throws UsageError when the specification does not compile
 */
export async function figureFromSpecification(
  specification: VegaLiteSpecification,
  labels: { readonly title: string; readonly description: string },
): Promise<Figure> {
  return new Figure({
    svg: await renderVega(specification, labels),
    specification,
    ...labels,
  });
}
