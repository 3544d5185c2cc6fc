import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../kernel-lib/src/core/errors.ts';
import { readSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { failDisk } from './failing-disk.ts';
import { smallTraining } from './small-training.ts';

let folder: string;

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

/** In memory where there is such a place: syncing a disk would take most of the time. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Checkpoints in the middle of an epoch and at its end. */
const options = { epochs: 1, checkpointEvery: { steps: 2 } };

beforeEach(async () => {
  folder = await mkdtemp(path.join(place, 'tatabox-disk-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function metricsWithoutTimings(place: string): Promise<string> {
  const text = await readFile(path.join(place, 'metrics.jsonl'), 'utf8');
  return text.replace(/"(seconds|dataSeconds|examplesPerSecond)":[\d.e+-]+/g, '"$1":0');
}

describe('a training whose disk', () => {
  it.each([
    ['is full', 'ENOSPC', 1, /: the disk is full\. Free some space/],
    ['can only be read', 'EROFS', 5, /: the disk can only be read\. /],
    ['may not be written any more', 'EACCES', 7, /: no permission to write there\. /],
    ['has a fault', 'EIO', 6, /: the disk reports a fault\. /],
  ])(
    '%s stops, whatever it was doing, and goes on from its last checkpoint',
    async (_, code, every, message) => {
      const whole = path.join(folder, 'whole');
      const { weights } = await smallTraining({ folder: whole, options });
      const expected = await metricsWithoutTimings(whole);
      const tensors = tf.memory().numTensors;
      let failed = 0;
      let withCheckpoint = 0;
      for (let from = 0; ; from += every) {
        const place = path.join(folder, 'full');
        const disk = await failDisk(place, code, from);
        let error: unknown;
        try {
          await smallTraining({ folder: place, options });
        } catch (thrown) {
          error = thrown;
        } finally {
          disk.heal();
        }
        if (!disk.hasFailed) break;
        if (error === undefined) {
          // Only what need not work: that of a lock's renewal or of a folder's name.
          expect(await metricsWithoutTimings(place)).toBe(expected);
          await rm(place, { recursive: true, force: true });
          continue;
        }
        failed += 1;
        expect(error).toBeInstanceOf(EnvironmentError);
        expect((error as EnvironmentError).exitCode).toBe(4);
        expect((error as EnvironmentError).message).toMatch(message);
        const last = path.join(place, 'checkpoints', 'last.safetensors');
        const checkpoint = await readSafetensors(last).catch(() => undefined);
        if (checkpoint !== undefined) {
          withCheckpoint += 1;
          expect((error as EnvironmentError).message).toMatch(/Then set resume to go on/);
        }
        const resumed = await smallTraining({ folder: place, options, resume: true });
        expect(resumed.weights).toEqual(weights);
        expect(await metricsWithoutTimings(place)).toBe(expected);
        const left = (await readdir(place, { recursive: true })).sort();
        expect(left.filter((name) => /\.tmp$|lock/.test(name))).toEqual([]);
        await rm(place, { recursive: true, force: true });
      }
      expect(failed).toBeGreaterThan(20 / every);
      expect(withCheckpoint).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});

const mounted = path.join(tmpdir(), `tatabox-tmpfs-${String(process.pid)}`);

/** Mounts a small disk in memory, where this user may. */
function mountSmallDisk(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  execFileSync('mkdir', ['-p', mounted]);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted]).status === 0;
}

const canMount = mountSmallDisk();

describe.runIf(canMount)('a training on a disk of 1 MB', () => {
  afterAll(async () => {
    execFileSync('umount', [mounted]);
    await rm(mounted, { recursive: true, force: true });
  });

  it('that is filled by somebody else stops, and goes on when there is room again', async () => {
    const { weights } = await smallTraining({ options: { epochs: 6 } });
    const place = path.join(mounted, 'training');
    const filler = path.join(mounted, 'filler');
    const fill = async (): Promise<void> => {
      for (let size = 1 << 19; size >= 1; size >>= 1) {
        await writeFile(filler, Buffer.alloc(size), { flag: 'a' }).catch(() => undefined);
      }
    };
    const call = { folder: place, options: { epochs: 6 } };
    const onEpoch = async ({ epoch }: { epoch: number }): Promise<void> => {
      if (epoch === 3) await fill();
    };
    await expect(smallTraining({ ...call, onEpoch })).rejects.toThrow(
      /the disk is full\. Free some space, .* Then set resume to go on from the last checkpoint/,
    );
    await rm(filler);
    const resumed = await smallTraining({ ...call, resume: true });
    expect(resumed.weights).toEqual(weights);
  });
});
