import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { runAndKill, type KilledRun, type KillPlan } from './killed-run.ts';
import { makeStudy, type StudyName } from './killed-study.ts';
import { contentOf, lastStartOf } from './run-folder-content.ts';

/** What was done and found. */
export interface KillCounts {
  /** Runs killed with SIGKILL. */
  kills: number;
  /** Of these, by what was being written at that moment. */
  readonly phases: Record<string, number>;
  /** Of these, those killed before anything was trained. */
  beforeTraining: number;
  /** Runs resumed to their end and compared. */
  compared: number;
  /** What differed or went wrong. */
  readonly findings: string[];
}

/** Options of `killRounds`. */
export interface KillRoundsOptions {
  /** Folder with the bundled `cli.cjs` and `ensemble-worker.cjs`. */
  readonly bundle: string;
  readonly kills: number;
  readonly seed: number;
  /** What is trained. */
  readonly study: StudyName;
  /** Most kills of one run before it is let come to its end. */
  readonly killsOfOneRun?: number;
}

/** Phases that are aimed at, in turn with moments spread over the whole life of a run. */
const AIMS = ['checkpoint', 'log', 'checkpoint', 'output'];

function planKill(random: Random, life: number): KillPlan {
  if (random.uniform() < 0.5) return { after: life * random.uniform() };
  const phase = AIMS[random.integer(AIMS.length)]!;
  const occurrence = 1 + random.integer(phase === 'output' ? 4 : 30);
  return { phase, occurrence, delay: random.integer(4) };
}

/**
 * Kills a real training run at random moments, resumes it until it ends, and compares everything it
 * has written with a run that was not killed; again with another run, until there were enough kills.
 */
export async function killRounds({
  bundle,
  kills,
  seed,
  study,
  killsOfOneRun = 8,
}: KillRoundsOptions): Promise<KillCounts> {
  const counts: KillCounts = { kills: 0, phases: {}, beforeTraining: 0, compared: 0, findings: [] };
  const random = new Random(seed);
  const { config, folder: place, remove } = await makeStudy(study);
  try {
    const folder = path.join(place, 'runs', 'crash');
    const start = (plan?: KillPlan): Promise<KilledRun> =>
      runAndKill(bundle, ['run', config, '--resume', '--json', '--quiet'], plan);
    const whole = await start();
    if (whole.code !== 0) throw new Error(`the run that is not killed fails: ${whole.stderr}`);
    const expected = await contentOf(folder);
    const journal = await lastStartOf(folder);
    while (counts.kills < kills) {
      await rm(folder, { recursive: true, force: true });
      const most = 1 + random.integer(killsOfOneRun);
      for (let kill = 0; kill < most && counts.kills < kills;) {
        const killed = await start(planKill(random, whole.milliseconds));
        if (killed.signal !== 'SIGKILL') break;
        kill += 1;
        counts.kills += 1;
        if (!killed.hadBegun) counts.beforeTraining += 1;
        for (const phase of new Set(killed.phases)) {
          counts.phases[phase] = (counts.phases[phase] ?? 0) + 1;
        }
      }
      const end = await start();
      counts.compared += 1;
      const where = `run ${String(counts.compared)} of seed ${String(seed)}, ${study}`;
      if (end.code !== 0) {
        counts.findings.push(`${where}: exit code ${String(end.code)}: ${end.stderr}${end.stdout}`);
      } else {
        const differing = await compare(folder, expected, journal);
        counts.findings.push(...differing.map((each) => `${where}: ${each}`));
      }
      if (counts.findings.length > 0) {
        await rename(folder, `${folder}.finding`);
        break;
      }
    }
    return counts;
  } finally {
    if (counts.findings.length === 0) await remove();
    else counts.findings.push(`kept in ${place}`);
  }
}

async function compare(
  folder: string,
  expected: Readonly<Record<string, string>>,
  journal: readonly string[],
): Promise<string[]> {
  const found = await contentOf(folder);
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const differing = [...names]
    .filter((name) => found[name] !== expected[name])
    .map((name) => {
      if (found[name] === undefined) return `${name} is missing`;
      return expected[name] === undefined ? `${name} is too much` : `${name} differs`;
    });
  const lines = await lastStartOf(folder);
  // A run that was finished when it was killed says so, and does nothing.
  if (lines.join('\n') !== journal.join('\n'))
    differing.push(`run.log ends with\n${lines.join('\n')}`);
  return differing;
}
