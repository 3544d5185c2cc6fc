import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Figure, figureFromSpecification } from '../../../kernel-lib/src/plots/figure.ts';
import { decodePng } from './svg-checks.ts';

const specification = {
  data: { values: [{ a: 1, b: 2 }, { a: 3, b: 5 }] }, // prettier-ignore
  mark: 'bar',
  encoding: { x: { field: 'a', type: 'ordinal' }, y: { field: 'b', type: 'quantitative' } },
};
const drawn = new Figure({
  svg: '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect x="5" y="5" width="10" height="10" fill="#0072B2"/></svg>',
  title: 'A square',
  description: 'a blue square',
});

describe('Figure', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-figure-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('offers Vega-Lite, SVG and a line of text', async () => {
    const figure = await figureFromSpecification(specification, {
      title: 'Bars',
      description: 'two bars',
    });
    const bundle = figure.mimeBundle();
    expect(Object.keys(bundle)).toEqual([
      'application/vnd.vegalite.v5+json',
      'image/svg+xml',
      'text/plain',
    ]);
    expect(bundle['application/vnd.vegalite.v5+json']).toEqual(specification);
    expect(bundle['image/svg+xml']).toContain('<title>Bars</title><desc>two bars</desc>');
    expect(bundle['text/plain']).toMatch(/^\[figure \d+ × \d+\] Bars: two bars$/);
  });

  it('prints as one line, without a specification has none', () => {
    expect(inspect(drawn)).toBe('[figure 30 × 20] A square: a blue square');
    expect(Object.keys(drawn.mimeBundle())).toEqual(['image/svg+xml', 'text/plain']);
  });

  it('saves SVG, PNG and JSON by the ending of the name', async () => {
    const figure = await figureFromSpecification(specification, { title: 'b', description: 'b' });
    const svg = await figure.save(path.join(folder, 'new', 'bars.svg'));
    expect(await readFile(svg, 'utf8')).toBe(`${figure.svg}\n`);
    const json = await figure.save(path.join(folder, 'bars.JSON'));
    expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(specification);
    const png = await drawn.save(path.join(folder, 'square.png'), { width: 90 });
    const { width, height, pixels } = decodePng(await readFile(png));
    expect([width, height]).toEqual([90, 60]);
    expect([...pixels.subarray((30 * 90 + 30) * 4, (30 * 90 + 30) * 4 + 4)]).toEqual([
      ...[0, 0x72, 0xb2, 255],
    ]);
    expect((await readdir(folder)).sort()).toEqual(['bars.JSON', 'new', 'square.png']);
  });

  it.each([
    ['figure.pgn', "Did you mean '.png'?"],
    ['figure.jpeg', '.svg, .png or .json'],
    ['figure', 'no file ending'],
  ])('refuses to save %s', async (name, part) => {
    const file = path.join(folder, name);
    await expect(drawn.save(file)).rejects.toThrow(UsageError);
    await expect(drawn.save(file)).rejects.toThrow(part);
  });

  it('says that a drawn figure has no specification', async () => {
    await expect(drawn.save(path.join(folder, 'square.json'))).rejects.toThrow(
      'no Vega-Lite specification',
    );
  });
});
