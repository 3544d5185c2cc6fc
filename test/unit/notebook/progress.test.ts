import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MimeBundle } from '../../../kernel-lib/src/core/display.ts';
import { notebookProgress } from '../../../kernel-lib/src/notebook/notebook-progress.ts';
import { formatSeconds } from '../../../kernel-lib/src/notebook/progress-tasks.ts';
import { terminalProgress } from '../../../kernel-lib/src/notebook/terminal-progress.ts';

let clock = 0;
const now = () => clock;
beforeEach(() => {
  clock = 0;
});

describe('notebookProgress', () => {
  let sent: { id: string; update: boolean; data: MimeBundle }[] = [];
  beforeEach(() => {
    sent = [];
    vi.useFakeTimers();
    beginCell();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** Puts a kernel in place, with the writer of a new cell. */
  function beginCell() {
    const writer = (
      content: { data: MimeBundle; transient: { display_id: string } },
      update: boolean,
    ) => sent.push({ id: content.transient.display_id, update, data: content.data });
    const cache = { '/tslab/dist/jupyter.js': { exports: { lastWriteDisplayData: writer } } };
    vi.stubGlobal('__tslab__', { require: Object.assign(() => ({}), { cache }) });
  }

  it('updates one block in place, at most five times a second, and keeps the last state', () => {
    const progress = notebookProgress({ now });
    for (let done = 0; done <= 1000; done++) {
      progress({
        task: 'training',
        done,
        total: 1000,
        unit: 'examples',
        values: { loss: 0.61234 },
      });
      clock += 1;
    }
    expect(sent).toHaveLength(6);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(sent.map(({ update }) => update)).toEqual([false, true, true, true, true, true]);
    expect(sent[2]!.data['text/plain']).toBe(
      'training ████████░░░░░░░░░░░░ 40 % 400/1,000 examples · 1,000 examples/s · 0.6 s left · loss 0.6123',
    );
    expect(sent.at(-1)!.data['text/plain']).toBe(
      'training ✓ 1,000 examples · in 1.0 s · 1,000 examples/s · loss 0.6123',
    );
    expect(sent.at(-1)!.data['text/html']).toContain('width:100%');
    expect(String(sent.at(-1)!.data['text/html']).length).toBeLessThan(600);
  });

  it('shows the last state before a pause', () => {
    const progress = notebookProgress({ now });
    progress({ task: 'scan', done: 0, unit: 'sequences' });
    clock = 10;
    progress({ task: 'scan', done: 7, unit: 'sequences' });
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.data['text/plain']).toMatch(/^scan 7 sequences/);
  });

  it('shows several tasks as rows and cannot be made to show markup', () => {
    const progress = notebookProgress({ now });
    progress({ task: '<b>seed 1</b>', done: 1, total: 2, unit: 'epochs' });
    progress({ task: 'seed 2', done: 1, total: 4, unit: 'epochs' });
    const { data } = sent.at(-1)!;
    expect(String(data['text/plain']).split('\n')).toHaveLength(2);
    expect(data['text/html']).toContain('&lt;b&gt;seed 1');
    expect(data['text/html']).toContain('25 %');
  });

  it('begins a new block in a new cell, but finishes the old one where it began', () => {
    const progress = notebookProgress({ now });
    progress({ task: 'first', done: 1, total: 2, unit: 'steps' });
    beginCell();
    progress({ task: 'first', done: 2, total: 2, unit: 'steps' });
    progress({ task: 'second', done: 1, total: 2, unit: 'steps' });
    expect(sent.map(({ update }) => update)).toEqual([false, true, false]);
    expect(sent[2]!.data['text/plain']).not.toContain('first');
  });
});

describe('terminalProgress', () => {
  function screen(isTTY: boolean, columns = 100) {
    let text = '';
    return {
      isTTY,
      columns,
      write: (piece: string) => (text += piece),
      get text() {
        return text;
      },
    };
  }

  it('rewrites one line of a terminal, never wider than it, and leaves the result', () => {
    const stream = screen(true, 40);
    const progress = terminalProgress(stream, { now });
    for (let done = 0; done <= 100; done++) {
      progress({ task: 'predicting', done, total: 100, unit: 'sequences' });
      clock += 10;
    }
    const states = stream.text.split('\r\x1b[K').slice(1);
    expect(states).toHaveLength(11);
    for (const state of states.slice(0, -1)) expect(state.length).toBeLessThan(40);
    expect(states.at(-1)).toBe('predicting ✓ 100 sequences · in 1.0 s · 100 sequences/s\n');
    progress.finish();
    expect(stream.text.endsWith('/s\n')).toBe(true);
  });

  it('ends an open line so that an error message begins on its own', () => {
    const stream = screen(true);
    const progress = terminalProgress(stream, { now });
    progress({ task: 'predicting', done: 1, total: 100, unit: 'sequences' });
    progress.finish();
    expect(stream.text.endsWith('\n')).toBe(true);
  });

  it('writes a plain line every few seconds where there is no terminal', () => {
    const stream = screen(false);
    const progress = terminalProgress(stream, { now });
    for (let done = 0; done <= 120; done++) {
      progress({ task: 'training', done, total: 120, unit: 'batches', rate: 10 });
      clock += 100;
    }
    expect(stream.text).not.toContain('\r');
    expect(stream.text.trimEnd().split('\n')).toEqual([
      'training ░░░░░░░░░░░░░░░░░░░░ 0 % 0/120 batches · 10 batches/s · 12 s left',
      'training ████████░░░░░░░░░░░░ 41 % 50/120 batches · 10 batches/s · 7.0 s left',
      'training █████████████████░░░ 83 % 100/120 batches · 10 batches/s · 2.0 s left',
      'training ✓ 120 batches · in 12 s · 10 batches/s',
    ]);
  });

  it('writes JSON lines for programs', () => {
    const stream = screen(true);
    const progress = terminalProgress(stream, { now, json: true, interval: 0 });
    progress({ task: 'training', done: 1, total: 2, unit: 'epochs', rate: 0.5 });
    progress({ task: 'training', done: 2, total: 2, unit: 'epochs', values: { loss: 1 } });
    progress({ task: 'training', done: 2, total: 2, unit: 'epochs' });
    expect(
      stream.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      { task: 'training', done: 1, total: 2, unit: 'epochs', rate: 0.5, secondsLeft: 2 },
      { task: 'training', done: 2, total: 2, unit: 'epochs', values: { loss: 1 } },
    ]);
  });

  it('shows a task again that is started again', () => {
    const stream = screen(false);
    const progress = terminalProgress(stream, { now });
    for (const done of [1, 2, 1, 2]) progress({ task: 'fold', done, total: 2, unit: 'steps' });
    expect(stream.text.match(/fold ✓/g)).toHaveLength(2);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.949, '9.9 s'],
    [9.97, '10 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.9, '1 h 00 min'],
    [7800, '2 h 10 min'],
  ])('%s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
