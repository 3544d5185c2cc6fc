import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatNotebook,
  joinText,
  parseNotebook,
  splitText,
} from '../../../kernel-lib/src/notebook/notebook-file.ts';
import { cellTitles } from '../../../kernel-lib/src/notebook/cell-title.ts';

const code = { cell_type: 'code', metadata: {}, outputs: [], execution_count: null };
const markdown = { cell_type: 'markdown', metadata: {} };
const notebook = (cells: object[], extra = {}) =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 2, metadata: {}, cells, ...extra });

describe('parseNotebook', () => {
  it('gives every cell a valid, unique and stable id', () => {
    const text = notebook([
      { ...code, source: 'a', id: 'kept' },
      { ...code, source: 'a' },
      { ...code, source: 'a', id: 'not valid!' },
    ]);
    const ids = parseNotebook(text, 'x').cells.map(({ id }) => id);
    expect(ids[0]).toBe('kept');
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/);
    expect(parseNotebook(text, 'x').cells.map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    ['{"cells": [', /study\.ipynb: no valid JSON .*; expected a notebook/],
    ['<<<<<<< HEAD\n{}', /Resolve the merge conflict/],
    ['[]', /study\.ipynb: not a notebook/],
    [notebook([], { nbformat: 3 }), /a notebook of format 3; expected a notebook of format 4/],
    [
      notebook([
        { ...code, source: 'a' },
        { cell_type: 'kode', source: '' },
      ]),
      /cell 2: a cell without/,
    ],
    [notebook([{ ...code, source: 5 }]), /cell 1: a cell without a valid cell_type and source/],
  ])('refuses %s', (text, message) => {
    expect(() => parseNotebook(text, 'study.ipynb')).toThrow(message);
  });
});

describe('formatNotebook', () => {
  it('writes as Jupyter does: sorted keys, lines split, base64 and JSON whole, a final new line', () => {
    const parsed = parseNotebook(notebook([{ ...code, source: 'a\nb' }]), 'x');
    const data = {
      'text/plain': 'p\nq',
      'image/png': 'aGVs\nbG8=',
      'application/vnd.vegalite.v5+json': { mark: 'bar', data: {} },
    };
    const cell = {
      ...parsed.cells[0]!,
      outputs: [{ output_type: 'display_data', data, metadata: {} } as const],
    };
    const text = formatNotebook({ ...parsed, cells: [cell] });
    expect(text.endsWith('}\n')).toBe(true);
    expect(text.startsWith('{\n "cells": [\n  {\n   "cell_type"')).toBe(true);
    const written = JSON.parse(text) as {
      cells: { source: string[]; outputs: { data: object }[] }[];
    };
    expect(written.cells[0]!.source).toEqual(['a\n', 'b']);
    expect(written.cells[0]!.outputs[0]!.data).toEqual({
      ...data,
      'text/plain': ['p\n', 'q'],
    });
    expect(formatNotebook(parseNotebook(text, 'x'))).toBe(text);
  });

  it('splits text so that joining gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028') }), (text) => {
        expect(joinText(splitText(text))).toBe(text);
      }),
    );
  });
});

describe('cellTitles', () => {
  it('names code cells by the nearest heading, else by their first line', () => {
    const parsed = parseNotebook(
      notebook([
        { ...code, source: '\n// Load the library\nimport x' },
        { ...markdown, source: '# The study\ntext\n## *Train* the [network](x.md) ##' },
        { ...code, source: 'a' },
        { ...markdown, source: 'no heading\n```\n# a comment\n```' },
        { ...code, source: 'b' },
      ]),
      'x',
    );
    expect([...cellTitles(parsed.cells)]).toEqual([
      [0, 'Load the library'],
      [2, 'Train the network'],
      [4, 'Train the network (2)'],
    ]);
  });
});
