import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCommand } from './bundle-command.ts';
import { killRounds, type KillCounts } from './kill-rounds.ts';

/** `npm run test:crash` asks for many; the ordinary tests do a few. */
const kills = Number(process.env['TATABOX_CRASH_KILLS'] ?? 5);
const seed = Number(process.env['TATABOX_CRASH_SEED'] ?? 1);
const report = process.env['TATABOX_CRASH_REPORT'];

let bundle: string;
const results: Record<string, KillCounts> = {};

beforeAll(async () => {
  bundle = await bundleCommand();
});

afterAll(async () => {
  await rm(bundle, { recursive: true, force: true });
  if (report === undefined) return;
  await mkdir(path.dirname(report), { recursive: true });
  await writeFile(report, JSON.stringify(results));
});

describe.concurrent('a run killed with SIGKILL at random moments', () => {
  it.each([
    ['one network', 0.3],
    ['two networks', 0.2],
    ['pre-training', 0.25],
    ['fine-tuning', 0.25],
  ] as const)(
    'ends with the same bytes as one that was not killed: %s',
    async (study, share) => {
      const some = Math.ceil(kills * share);
      const counts = await killRounds({ bundle, kills: some, seed: seed + study.length, study });
      results[study] = counts;
      expect(counts.findings).toEqual([]);
      expect(counts.kills).toBe(some);
    },
    180_000 + kills * 20_000,
  );
});
