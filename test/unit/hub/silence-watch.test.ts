import { describe, expect, it, vi } from 'vitest';
import { SilenceWatch } from '../../../kernel-lib/src/hub/silence-watch.ts';

describe('SilenceWatch', () => {
  it('aborts when nothing happens for too long, and says for how long', () => {
    vi.useFakeTimers();
    try {
      const watch = new SilenceWatch();
      watch.expectWithin(5);
      vi.advanceTimersByTime(4000);
      watch.expectWithin(5);
      vi.advanceTimersByTime(4000);
      expect(watch.signal.aborted).toBe(false);
      vi.advanceTimersByTime(1000);
      expect(watch.signal.aborted).toBe(true);
      expect(String(watch.explain(new Error('x')))).toMatch(/no answer within 5 s/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits for nothing once it has ended, though the last piece is told of later', () => {
    vi.useFakeTimers();
    try {
      const watch = new SilenceWatch();
      watch.expectWithin(5);
      watch.end();
      watch.expectWithin(300);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
