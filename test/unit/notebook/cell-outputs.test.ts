import { describe, expect, it } from 'vitest';
import {
  CellOutputs,
  type DisplayRegistry,
} from '../../../kernel-lib/src/notebook/cell-outputs.ts';

const stream = (name: 'stdout' | 'stderr', text: string) =>
  ({ kind: 'stream', name, text }) as const;
const shown = (data: Record<string, string | object>, displayId?: string, update = false) =>
  ({ kind: 'display', data, metadata: {}, displayId, update }) as const;

describe('CellOutputs', () => {
  it('merges neighbouring pieces of one stream and keeps the order of different ones', () => {
    const outputs = new CellOutputs(new Map());
    for (const output of [
      stream('stdout', 'a'),
      stream('stdout', 'b\n'),
      stream('stderr', 'oh\n'),
      stream('stdout', 'c\n'),
    ]) {
      outputs.add(output);
    }
    expect(outputs.toOutputs()).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'ab\n' },
      { output_type: 'stream', name: 'stderr', text: 'oh\n' },
      { output_type: 'stream', name: 'stdout', text: 'c\n' },
    ]);
    expect(outputs.errorText).toBe('oh');
  });

  it('applies an update of a later cell to the cell that showed it', () => {
    const registry: DisplayRegistry = new Map();
    const [first, second] = [new CellOutputs(registry), new CellOutputs(registry)];
    first.add(shown({ 'text/plain': '1' }, 'bar'));
    second.add(shown({ 'text/plain': '2' }, 'bar', true));
    second.add(shown({ 'text/plain': 'x' }, 'unknown', true));
    expect(first.toOutputs()).toEqual([
      { output_type: 'display_data', data: { 'text/plain': '2' }, metadata: {} },
    ]);
    expect(second.toOutputs()).toEqual([]);
  });

  it('bounds what one display and one cell may hold, and says what is missing', () => {
    const limits = { streamCharacters: 100, displayCharacters: 50, outputs: 3 };
    const outputs = new CellOutputs(new Map(), limits);
    outputs.add(shown({ 'text/plain': 'figure', 'image/svg+xml': 'x'.repeat(60) }));
    for (let i = 0; i < 5; i++) outputs.add(shown({ 'text/plain': String(i) }));
    const kept = outputs.toOutputs();
    expect(kept).toHaveLength(4);
    expect(kept[0]).toMatchObject({
      data: { 'text/plain': 'figure\n[left out: image/svg+xml, 60 characters]' },
    });
    expect(kept[3]).toMatchObject({ text: '[… 3 more outputs left out …]\n' });
  });
});
