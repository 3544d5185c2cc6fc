import { figureDefaults } from '../../kernel-lib/src/plots/figure-defaults.ts';
import { vegaFigure } from '../../kernel-lib/src/plots/vega-parts.ts';

/** What the plot shows of a result. */
export interface PlottedResult {
  readonly work: string;
  readonly backend: string;
  readonly peer: string;
  readonly ratio: number;
  readonly goal: number | null;
}

const WIDTH = 420;

/** How many times faster than each peer, on a logarithmic axis, with the goals as ticks. */
export async function ratioPlot(results: readonly PlottedResult[]): Promise<string> {
  const values = results.map(({ work, backend, peer, ratio, goal }) => ({
    name: `${work}${backend === 'none' ? '' : ` · ${backend}`}`,
    peer,
    ratio,
    goal,
    label: `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}×`,
  }));
  const highest = Math.max(...values.map(({ ratio, goal }) => Math.max(ratio, goal ?? 1)));
  const lowest = Math.min(0.5, ...values.map(({ ratio }) => ratio));
  const scale = { type: 'log', domain: [lowest, highest * 1.6], nice: false };
  const y = {
    field: 'name',
    type: 'nominal',
    sort: values.map(({ name }) => name),
    axis: { title: null, ticks: false, domain: false, labelLimit: 420, labelPadding: 8 },
  };
  const offset = { yOffset: { field: 'peer', type: 'nominal' } };
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: "peer's time / ours (logarithmic)",
    scale,
    axis: { values: [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  });
  const figure = vegaFigure(
    {
      width: WIDTH,
      height: { step: 18 },
      data: { values },
      layer: [
        {
          mark: { type: 'bar', height: 11 },
          encoding: {
            y,
            ...offset,
            x: x('ratio'),
            x2: { datum: 1 },
            color: {
              field: 'peer',
              type: 'nominal',
              title: 'compared with',
              scale: { range: [...figureDefaults.series] },
            },
          },
        },
        {
          mark: { type: 'text', dx: 4, align: 'left', fontSize: 10, color: figureDefaults.text },
          encoding: { y, ...offset, x: x('ratio'), text: { field: 'label' } },
        },
        {
          transform: [{ filter: 'isValid(datum.goal)' }],
          mark: { type: 'tick', thickness: 2, height: 15, color: figureDefaults.text },
          encoding: { y, ...offset, x: x('goal') },
        },
      ],
    },
    {
      name: 'tatabox beside its peers',
      description: values.map(({ name, peer, label }) => `${name}: ${label} ${peer}`).join('; '),
      subtitle: 'Ticks: goals',
    },
    {},
    WIDTH + 440,
  );
  return (await figure).svg;
}
