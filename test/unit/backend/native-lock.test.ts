import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../kernel-lib/src/backend/native-lock.ts';

describe('withLock', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-lock-'));
    file = path.join(folder, 'deep', '.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (owner: object | '', secondsAgo = 0) => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, owner === '' ? '' : JSON.stringify(owner));
    const time = new Date(Date.now() - secondsAgo * 1000);
    await utimes(file, time, time);
  };
  const work = () => Promise.resolve('done');

  it('holds the lock while the work is done, and gives it back after an error too', async () => {
    const result = await withLock(file, 'test', async () => {
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
      return 7;
    });
    expect(result).toBe(7);
    expect(existsSync(file)).toBe(false);
    await expect(withLock(file, 'test', () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(existsSync(file)).toBe(false);
  });

  it('lets one of two in', async () => {
    let inside = 0;
    let most = 0;
    const attempt = () =>
      withLock(file, 'the cache', async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 50));
        inside--;
      });
    const results = await Promise.allSettled([attempt(), attempt(), attempt()]);
    expect(most).toBe(1);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(2);
    expect(String(failed[0]?.reason)).toMatch(/the cache: another `tatabox native` is at work/);
  });

  it('takes the lock of a process that is gone', async () => {
    // Above the largest process number of Linux and macOS.
    await write({ pid: 2 ** 22 + 1, host: hostname(), key: 'x' });
    expect(await withLock(file, 'test', work)).toBe('done');
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it('leaves the lock of a process on another machine that shows life', async () => {
    const owner = { pid: 2 ** 22 + 1, host: 'elsewhere', key: 'x' };
    await write(owner, 30);
    await expect(withLock(file, 'test', work)).rejects.toThrow(
      /process 4194305 on elsewhere\)\. Wait until it is done/,
    );
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(owner);
    await write(owner, 90);
    expect(await withLock(file, 'test', work)).toBe('done');
  });

  it('takes a lock whose holder was ended before it could write its name', async () => {
    await write('', 90);
    expect(await withLock(file, 'test', work)).toBe('done');
  });

  it('does not remove the lock of another that has taken it meanwhile', async () => {
    await withLock(file, 'test', () =>
      writeFile(file, JSON.stringify({ pid: 1, host: 'elsewhere', key: 'other' })),
    );
    expect(existsSync(file)).toBe(true);
  });
});
