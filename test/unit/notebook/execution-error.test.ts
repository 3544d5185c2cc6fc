import { describe, expect, it } from 'vitest';
import { executionError } from '../../../kernel-lib/src/notebook/execution-error.ts';

const failed = {
  code: 'const a = 1;\nfail();\n',
  executionCount: 3,
  stderr: [] as string[],
  ran: false,
};

describe('executionError', () => {
  it('takes the last piece of stderr for the error of a cell that ran', () => {
    const text = 'RangeError: too far\n    at fail (Cell In[1]:1:7)\n    at Cell In[3]:2:1\n';
    const error = executionError({ ...failed, stderr: ['1:2 - not a diagnostic\n', text] });
    expect(error).toMatchObject({
      text,
      line: 2,
      output: { ename: 'RangeError', evalue: 'too far' },
    });
    // The line of this cell, though an older one's function threw.
    expect(error?.output.traceback.slice(0, 4)).toEqual([
      'Cell In[3], line 2',
      '    1 const a = 1;',
      '--> 2 fail();',
      '    3 ',
    ]);
  });

  it('keeps messages of several lines and codes of Node', () => {
    const text = "Error [ERR_X]: one\ntwo\n    at Cell In[3]:1:7 {\n  code: 'ERR_X'\n}\n";
    expect(executionError({ ...failed, stderr: [text] })).toMatchObject({
      line: 1,
      output: { ename: 'Error [ERR_X]', evalue: 'one\ntwo' },
    });
  });

  it('takes all diagnostics of a cell that does not compile', () => {
    const stderr = ["2:1 - Cannot find name 'fail'.\n", '2:7 - Expected.\nMore.\n'];
    expect(executionError({ ...failed, stderr })).toMatchObject({
      text: stderr.join(''),
      line: 2,
      output: { ename: 'TypeScript', evalue: stderr.join('').trimEnd() },
    });
    expect(executionError({ ...failed, stderr: [stderr[0]!] })?.output).toMatchObject({
      evalue: "Cannot find name 'fail'.",
    });
  });

  it('does not take what a cell printed for diagnostics, nor anything for a name', () => {
    const printed = { ...failed, ran: true, stderr: ['2:1 - printed\n', 'plain words\n'] };
    expect(executionError(printed)?.output).toEqual({
      output_type: 'error',
      ename: 'Error',
      evalue: 'plain words',
      traceback: ['plain words'],
    });
    expect(executionError(failed)).toBeUndefined();
  });
});
