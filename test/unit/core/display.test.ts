import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createDisplayHandle,
  display,
  isNotebook,
  runningCell,
} from '../../../kernel-lib/src/core/display.ts';

type Sent = [content: { data: object; transient: { display_id?: string } }, update: boolean];

/** Puts a kernel's `require` where tslab puts it. */
function pretendKernel(options: {
  writer?: (...sent: Sent) => void;
  raw?: (...args: string[]) => void;
}) {
  const tslab = { display: { raw: options.raw }, newDisplay: () => ({ raw: options.raw }) };
  const require = Object.assign((_name: string) => tslab, {
    cache: {
      '/elsewhere/tslab/dist/jupyter.js': { exports: { lastWriteDisplayData: null } },
      '/project/node_modules/tslab/dist/jupyter.js': {
        exports: { lastWriteDisplayData: options.writer },
      },
    },
  });
  vi.stubGlobal('__tslab__', { require });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const bundle = {
  'text/plain': 'plain',
  'image/svg+xml': '<svg/>',
  'application/vnd.vegalite.v5+json': { mark: 'bar' },
};

describe('display', () => {
  it('sends the whole bundle as one message, of the tslab that runs the cell', () => {
    const sent: Sent[] = [];
    pretendKernel({ writer: (...message) => sent.push(message) });
    display(bundle);
    expect(isNotebook()).toBe(true);
    expect(runningCell()).toBeDefined();
    expect(sent).toHaveLength(1);
    expect(sent[0]![0].data).toEqual(bundle);
    expect(sent[0]![1]).toBe(false);
  });

  it('replaces what a handle showed', () => {
    const sent: Sent[] = [];
    pretendKernel({ writer: (...message) => sent.push(message) });
    const [first, second] = [createDisplayHandle(), createDisplayHandle()];
    first.update({ 'text/plain': '1' });
    first.update({ 'text/plain': '2' });
    second.update({ 'text/plain': '3' });
    expect(sent.map(([, update]) => update)).toEqual([false, true, false]);
    const ids = sent.map(([content]) => content.transient.display_id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('falls back to the richest single type where the kernel hides its writer', () => {
    const raw = vi.fn();
    pretendKernel({ raw });
    display(bundle);
    expect(raw.mock.calls).toEqual([['image/svg+xml', '<svg/>']]);
    display({ 'application/json': { a: 1 } });
    expect(raw.mock.calls[1]).toEqual(['application/json', { a: 1 }]);
  });

  it('prints the text outside a notebook', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(isNotebook()).toBe(false);
    expect(runningCell()).toBeUndefined();
    display(bundle);
    expect(write.mock.calls).toEqual([['plain\n']]);
  });
});
