import { describe, expect, it } from 'vitest';
import { interruptSignal } from '../../../kernel-lib/src/notebook/interrupt-signal.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('interruptSignal', () => {
  it('listens from the next turn on, aborts every waiting signal once, and stops listening', async () => {
    const before = process.listeners('SIGINT');
    const [first, second, disposed] = [interruptSignal(), interruptSignal(), interruptSignal()];
    expect(process.listeners('SIGINT')).toEqual(before);
    await nextTurn();
    const added = process.listeners('SIGINT').filter((listener) => !before.includes(listener));
    expect(added).toHaveLength(1);
    disposed.dispose();

    added[0]!('SIGINT');
    expect([first.aborted, second.aborted, disposed.aborted]).toEqual([true, true, false]);
    expect(String(first.reason)).toContain('interrupted');
    await nextTurn();
    expect(process.listeners('SIGINT')).toEqual(before);
  });

  it('leaves no listener behind when all are disposed of, even before it began to listen', async () => {
    const before = process.listenerCount('SIGINT');
    const early = interruptSignal();
    early.dispose();
    const late = interruptSignal();
    await nextTurn();
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    late.dispose();
    await nextTurn();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
