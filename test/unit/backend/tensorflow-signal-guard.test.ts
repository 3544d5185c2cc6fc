import { describe, expect, it } from 'vitest';
import {
  SIGNAL_GUARD_FLAGS,
  SIGNAL_GUARD_SOURCE,
} from '../../../kernel-lib/src/backend/tensorflow-signal-guard.ts';

describe('signal guard', () => {
  it('defines what the linker puts in the place of each function', () => {
    for (const flag of SIGNAL_GUARD_FLAGS) {
      const name = flag.replace('-Wl,--wrap=', '');
      expect(SIGNAL_GUARD_SOURCE).toMatch(
        new RegExp(`__wrap_${name}\\(.*\\{\\n  SignalsWait wait;`),
      );
      expect(SIGNAL_GUARD_SOURCE).toContain(`__real_${name}(`);
    }
  });
});
