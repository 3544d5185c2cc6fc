import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  formatMark,
  parseMark,
  processState,
  thisProcess,
} from '../../../kernel-lib/src/core/process-mark.ts';

const here = thisProcess();

describe('the mark of a process', () => {
  it('is that of this process, which runs', () => {
    expect(here.pid).toBe(process.pid);
    expect(processState(here)).toBe('alive');
    expect(thisProcess()).toEqual(here);
  });

  it('comes back out of a file name', () => {
    expect(parseMark(formatMark(here))).toEqual(here);
    for (const text of ['', 'a-b', `${formatMark(here)}-1`, 'zzzzzzzz-0-1-1-1', 'x'.repeat(500)]) {
      expect(parseMark(text)).toBeUndefined();
    }
  });

  it('tells that a process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const mark = { ...here, pid: child.pid!, start: '0' };
    expect(processState(mark)).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(processState(mark)).toBe('dead');
  });

  it('tells another process with the same number apart by its start', () => {
    expect(processState({ ...here, start: String(Number(here.start) + 1) })).toBe('dead');
  });

  it.runIf(process.platform === 'linux')('tells another start of the machine', () => {
    expect(processState({ ...here, boot: '0123456789ab' })).toBe('dead');
  });

  it('knows nothing of other machines and containers', () => {
    const other = { ...here, machine: '00000000', boot: '0123456789ab' };
    expect(processState(other)).toBe('unknown');
    expect(processState({ ...here, space: '1' })).toBe('unknown');
  });

  it.runIf(process.platform === 'linux')('knows its machine by another name', () => {
    expect(processState({ ...here, machine: '00000000' })).toBe('alive');
  });

  it('takes no number of a group of processes for one', () => {
    expect(processState({ ...here, pid: 0 })).toBe('dead');
  });
});
