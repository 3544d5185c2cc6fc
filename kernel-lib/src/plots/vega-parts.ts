import { figureDefaults, vegaConfig, type FigureOptions } from './figure-defaults.ts';
import { Figure } from './figure.ts';
import { extent } from './linear-scale.ts';
import { renderVega, vegaLiteSchema } from './render-vega.ts';
import { wrapText } from './text-width.ts';

/** A part of a Vega-Lite specification. */
export type VegaPart = Readonly<Record<string, unknown>>;

/** Names and main numbers of a figure. */
export interface FigureLabels {
  /** Short name where the caller gave no title. */
  readonly name: string;
  /** Alternative text where the caller gave none. */
  readonly description: string;
  /** A second, lighter line under the title, shown without a title too. */
  readonly subtitle?: string;
}

/** Completes a specification with title, look and schema, renders it and makes the figure. */
export async function vegaFigure(
  body: VegaPart,
  labels: FigureLabels,
  options: FigureOptions,
  width: number,
): Promise<Figure> {
  const title = options.title ?? labels.name;
  const description = options.description ?? labels.description;
  const specification = {
    $schema: vegaLiteSchema,
    description,
    ...vegaTitle(options.title, labels.subtitle, width),
    ...body,
    config: vegaConfig(),
  };
  const svg = await renderVega(specification, { title, description });
  return new Figure({ svg, specification, title, description });
}

/** The title, broken into lines that fit the figure; vega itself would let it run off the edge. */
function vegaTitle(
  title: string | undefined,
  subtitle: string | undefined,
  width: number,
): VegaPart {
  const { titleSize, fontSize, mutedText } = figureDefaults;
  const lines = subtitle === undefined ? undefined : wrapText(subtitle, width, fontSize);
  if (title !== undefined) {
    return { title: { text: wrapText(title, width, titleSize, 'bold'), subtitle: lines } };
  }
  if (lines === undefined) return {};
  // Vega shows no subtitle without a title, so it takes the title's place in its own style.
  return { title: { text: lines, fontSize, fontWeight: 'normal', color: mutedText } };
}

/** A dashed reference line at a constant, behind or before the data. */
export function ruleAt(channel: 'x' | 'y', value: number, more: VegaPart = {}): VegaPart {
  return {
    data: { values: [{ at: value }] },
    mark: { type: 'rule', strokeDash: [4, 3], color: figureDefaults.axis, ...more },
    encoding: { [channel]: { field: 'at', type: 'quantitative' } },
  };
}

/** Smallest and largest of the values, widened by a fraction of their span. */
export function paddedExtent(values: readonly number[], padding = 0.04): [number, number] {
  const [low, high] = extent(values);
  const span = high > low ? high - low : 1;
  return [low - span * padding, high + span * padding];
}

/** A count with separators of thousands. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
