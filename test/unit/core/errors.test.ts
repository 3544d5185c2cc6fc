import { describe, expect, it } from 'vitest';
import { InputError } from '../../../kernel-lib/src/core/errors.ts';

describe('a message', () => {
  it('says where, what was found, what was expected, what to do', () => {
    const error = new InputError({
      where: 'a.bed, line 2',
      found: "'-5'",
      expected: 'a whole number from 0',
      fix: 'Mend it.',
    });
    expect(error.message).toBe("a.bed, line 2: '-5'; expected a whole number from 0. Mend it.");
    expect(error.exitCode).toBe(3);
  });

  it('steers no terminal, whatever a file holds, and keeps the details as they are', () => {
    const found = 'the name \u001b[2J\u001b]0;x\u0007\u0000\u009b31m';
    const error = new InputError({ where: 'a\tb\nc', found });
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(error.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(error.message).toMatch(/^a\tb\nc: the name \ufffd\[2J/);
    expect(error.details.found).toBe(found);
  });

  it('is no longer than a person reads', () => {
    const long = 'x'.repeat(1e6);
    const error = new InputError({ where: long, found: long, expected: long, fix: long });
    expect(error.message.length).toBeLessThan(5000);
  });
});
