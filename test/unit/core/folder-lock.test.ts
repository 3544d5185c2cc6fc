import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkFolderFree,
  LOCK_FILE,
  lockFolder,
  releaseLockOfThread,
} from '../../../kernel-lib/src/core/folder-lock.ts';
import { formatMark, thisProcess } from '../../../kernel-lib/src/core/process-mark.ts';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tatabox-lock-'));
  folder = path.join(root, 'run');
});

afterEach(() => rm(root, { recursive: true, force: true }));

const lockFile = (): string => path.join(folder, LOCK_FILE);

/** Writes the lock of another holder in place of the one that is there. */
async function changeHolder(changes: object, mark: object = {}): Promise<void> {
  const holder = JSON.parse(await readFile(lockFile(), 'utf8')) as object;
  const process = formatMark({ ...thisProcess(), ...mark });
  await writeFile(lockFile(), JSON.stringify({ ...holder, token: 'other', process, ...changes }));
}

const elsewhere = { machine: '00000000', boot: '0123456789ab' };

describe('a lock of a folder', () => {
  it('keeps others out until it is released, and tells who holds it', async () => {
    const lock = await lockFolder(folder, 'a run');
    const message = new RegExp(
      `run: in use for a run by this process ${String(process.pid)} on ${hostname()} since \\d{4}-`,
    );
    await expect(lockFolder(folder, 'training')).rejects.toThrow(message);
    await expect(checkFolderFree(folder)).rejects.toThrow(message);
    await expect(lockFolder(folder, 'training')).rejects.toMatchObject({ exitCode: 2 });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await checkFolderFree(folder);
    await (await lockFolder(folder, 'training')).release();
  });

  it('is one by whatever path', async () => {
    const lock = await lockFolder(folder, 'a run');
    await symlink(folder, path.join(root, 'link'));
    await expect(lockFolder(path.join(root, 'link'), 'a run')).rejects.toThrow(/in use/);
    await lock.release();
  });

  it('lets one of many in', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => lockFolder(folder, 'a run')),
    );
    const got = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(got).toHaveLength(1);
    await got[0]!.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets one of many in where the lock of a dead process lies', async () => {
    // Often, for it is a race: with a removal that others could overtake, 1 round in 20 let two in.
    for (let round = 0; round < 40; round++) {
      const held = await lockFolder(folder, 'a run');
      await changeHolder({}, { start: '1' });
      const all = await Promise.allSettled(
        Array.from({ length: 20 }, () => lockFolder(folder, 'a run')),
      );
      const got = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(got).toHaveLength(1);
      expect(await readdir(folder)).toEqual([LOCK_FILE]);
      await held.release();
      await got[0]!.release();
    }
  });

  it('is taken over where the process that removed a dead one was killed meanwhile', async () => {
    await lockFolder(folder, 'a run');
    await changeHolder({}, { start: '1' });
    await cp(lockFile(), `${lockFile()}.removal`);
    await lockFolder(folder, 'a run');
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
  });

  it('of a process that was killed binds nobody', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await lockFolder(folder, 'a run');
    await changeHolder({ pid: child.pid }, { pid: child.pid, start: '0' });
    await expect(lockFolder(folder, 'a run')).rejects.toThrow(
      `by process ${String(child.pid)} on ${hostname()}`,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    await checkFolderFree(folder);
    await (await lockFolder(folder, 'a run')).release();
  });

  it.runIf(process.platform === 'linux')(
    'of another start of the machine binds nobody',
    async () => {
      await lockFolder(folder, 'a run');
      await changeHolder({}, { boot: '0123456789ab' });
      await (await lockFolder(folder, 'a run')).release();
    },
  );

  it('that was copied with its folder binds nobody, the one that was moved does', async () => {
    const lock = await lockFolder(folder, 'a run');
    const copy = path.join(root, 'copy');
    await cp(folder, copy, { recursive: true });
    await (await lockFolder(copy, 'a run')).release();
    const moved = path.join(root, 'moved');
    await rename(folder, moved);
    await expect(lockFolder(moved, 'a run')).rejects.toThrow(/in use/);
    await lock.release(path.join(moved, LOCK_FILE));
    expect(await readdir(moved)).toEqual([]);
  });

  it('of another machine binds for 5 minutes after its last sign of life', async () => {
    await lockFolder(folder, 'a run');
    await changeHolder({ host: 'far' }, elsewhere);
    await expect(lockFolder(folder, 'a run')).rejects.toThrow(
      /on far since .* the folder is free 5 minutes after its last sign of life/,
    );
    const silent = Date.now() / 1000 - 6 * 60;
    await utimes(lockFile(), silent, silent);
    await (await lockFolder(folder, 'a run')).release();
  });

  it('is not taken away from others when it is released', async () => {
    const lock = await lockFolder(folder, 'a run');
    await changeHolder({});
    await lock.release();
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
  });

  it('that is damaged binds nobody for long', async () => {
    await mkdir(folder);
    for (const text of ['', '{', '[]', 'null', '{"format":"tatabox lock 1"}', '\0'.repeat(99)]) {
      await writeFile(lockFile(), text);
      await expect(lockFolder(folder, 'a run')).rejects.toThrow(/is just beginning here/);
      const old = Date.now() / 1000 - 60;
      await utimes(lockFile(), old, old);
      await (await lockFolder(folder, 'a run')).release();
    }
  });

  it('cannot be had where a folder or a lost link has its name', async () => {
    await mkdir(lockFile(), { recursive: true });
    await expect(lockFolder(folder, 'a run')).rejects.toThrow(/a folder; expected a file/);
    await rm(lockFile(), { recursive: true });
    await symlink('nowhere', lockFile());
    await expect(lockFolder(folder, 'a run')).rejects.toThrow(/just beginning here/);
  });

  it('of a thread that ended is released by the one that started it', async () => {
    await lockFolder(folder, 'training');
    await changeHolder({ thread: 7 });
    await releaseLockOfThread(folder, 8);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await releaseLockOfThread(folder, 7);
    expect(await readdir(folder)).toEqual([]);
    await releaseLockOfThread(path.join(root, 'nowhere'), 7);
  });
});
