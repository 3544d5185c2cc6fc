import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileWriter, writeError, writeInPieces } from '../../../kernel-lib/src/core/file-writer.ts';
import { formatMark, thisProcess } from '../../../kernel-lib/src/core/process-mark.ts';
import { removeLeftOvers, temporaryName } from '../../../kernel-lib/src/core/temporary-file.ts';
import { writeFileAtomically } from '../../../kernel-lib/src/core/write-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-writer-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (...names: string[]): string => path.join(folder, ...names);

/** A temporary name as a process that has ended would have left it. */
async function leftOver(name: string, changes: object = {}): Promise<string> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const mark = formatMark({ ...thisProcess(), pid: child.pid!, start: '1', ...changes });
  const file = inFolder(`.${name}.${mark}-00000000.tmp`);
  await writeFile(file, 'half');
  return path.basename(file);
}

describe('a file that is written', () => {
  it('appears whole, and not at all when the work fails', async () => {
    const file = inFolder('out.txt');
    await writeInPieces(file, async (writer) => {
      await writer.write('a');
      expect((await readdir(folder)).filter((name) => name === 'out.txt')).toEqual([]);
      await writer.write(new Uint8Array([98]));
    });
    expect(await readFile(file, 'utf8')).toBe('ab');
    const failing = writeInPieces(file, async (writer) => {
      await writer.write('other');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(file, 'utf8')).toBe('ab');
    expect(await readdir(folder)).toEqual(['out.txt']);
  });

  it('leaves no folder behind that was made for it', async () => {
    const writer = await FileWriter.open(inFolder('a', 'b', 'out.txt'));
    await writer.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('replaces what a link leads to, not the link', async () => {
    await writeFile(inFolder('real.txt'), 'old');
    await symlink('real.txt', inFolder('link.txt'));
    await writeFileAtomically(inFolder('link.txt'), 'new');
    expect(await readFile(inFolder('real.txt'), 'utf8')).toBe('new');
    expect((await readdir(folder)).sort()).toEqual(['link.txt', 'real.txt']);
  });

  it('keeps the permissions of the file that it replaces', async () => {
    await writeFile(inFolder('secret.txt'), 'old');
    await chmod(inFolder('secret.txt'), 0o600);
    await writeFileAtomically(inFolder('secret.txt'), 'new');
    expect((await stat(inFolder('secret.txt'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')('goes into a pipe, which stays one', async () => {
    const pipe = inFolder('pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = readFile(pipe, 'utf8');
    await writeFileAtomically(pipe, 'through');
    expect(await reading).toBe('through');
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('goes to a device, which stays one', async () => {
    await writeFileAtomically('/dev/null', 'nowhere');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('may have a name as long as the file system takes', async () => {
    for (const name of ['n'.repeat(255), 'é'.repeat(127)]) {
      await writeFileAtomically(inFolder(name), name);
      expect(await readFile(inFolder(name), 'utf8')).toBe(name);
    }
    await expect(writeFileAtomically(inFolder('n'.repeat(256)), '')).rejects.toThrow(
      /the name is too long\. Choose a shorter name\./,
    );
  });
});

describe('what a killed process has left', () => {
  it('of the same file is removed when it is written again', async () => {
    await leftOver('out.txt');
    const other = await leftOver('other.txt');
    await writeFileAtomically(inFolder('out.txt'), 'whole');
    expect((await readdir(folder)).sort()).toEqual([other, 'out.txt'].sort());
  });

  it('is removed with its folder cleaned, what others write is not', async () => {
    await leftOver('out.txt');
    await leftOver('with.dots.and spaces.txt');
    const own = path.basename(temporaryName(inFolder('out.txt')));
    const elsewhere = { machine: '00000000', boot: '0123456789ab' };
    const foreign = await leftOver('foreign.txt', elsewhere);
    const users = ['.hidden.tmp', 'notes.tmp', '.a.b.tmp', 'out.txt'];
    for (const name of [own, ...users]) await writeFile(inFolder(name), '');
    expect(await removeLeftOvers(folder)).toBe(2);
    expect((await readdir(folder)).sort()).toEqual([own, foreign, ...users].sort());
  });

  it('on another machine is removed after a day', async () => {
    const elsewhere = { machine: '00000000', boot: '0123456789ab' };
    const foreign = await leftOver('out.txt', elsewhere);
    const old = Date.now() / 1000 - 25 * 3600;
    await utimes(inFolder(foreign), old, old);
    expect(await removeLeftOvers(folder)).toBe(1);
  });

  it('is no error where the folder is not there', async () => {
    expect(await removeLeftOvers(inFolder('nowhere'))).toBe(0);
  });
});

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', 'out: the disk is full. Free some space, or choose a place on another disk.'],
    ['EROFS', 'out: the disk can only be read. Choose a place on another disk.'],
    ['EIO', 'out: the disk reports a fault. Check the disk, or choose a place on another one.'],
    ['EMFILE', 'out: too many files are open. Raise the limit (ulimit -n).'],
  ])('%s is told in words, with exit code 4', (code, message) => {
    expect(writeError('out', Object.assign(new Error(code), { code }))).toMatchObject({
      message,
      exitCode: 4,
    });
  });

  it('of a folder where a file is to be', async () => {
    await mkdir(inFolder('taken'));
    await expect(writeFileAtomically(inFolder('taken'), '')).rejects.toThrow(
      /a folder; expected a file to write/,
    );
  });
});
