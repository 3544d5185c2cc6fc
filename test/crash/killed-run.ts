import { spawn } from 'node:child_process';
import path from 'node:path';

/** When a run is killed. */
export type KillPlan =
  | { readonly after: number }
  | { readonly phase: string; readonly occurrence: number; readonly delay: number };

/** How a run ended. */
export interface KilledRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Phases that had begun and not ended when it was killed. */
  readonly phases: readonly string[];
  /** Whether anything of its training had been written. */
  readonly hadBegun: boolean;
}

/** Runs the bundled command on a config, observed; kills it with SIGKILL as planned. */
export function runAndKill(
  bundle: string,
  args: readonly string[],
  plan?: KillPlan,
): Promise<KilledRun> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const observe = path.join(import.meta.dirname, 'observe.cjs');
    const child = spawn(
      process.execPath,
      ['--require', observe, path.join(bundle, 'cli.cjs'), ...args],
      {
        env: { ...process.env, NODE_ENV: undefined, VITEST: undefined, TATABOX_BACKEND: undefined },
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      },
    );
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const texts = ['', '', '', ''];
    child.stdout?.on('data', (text) => (texts[1] += String(text)));
    child.stderr?.on('data', (text) => (texts[2] += String(text)));
    let seen = 0;
    child.stdio[3]?.on('data', (text) => {
      texts[3] += String(text);
      if (plan === undefined || 'after' in plan || seen >= plan.occurrence) return;
      const begun = texts[3]!.split('\n').filter((line) => isBeginOf(line, plan.phase)).length;
      seen = begun;
      if (begun < plan.occurrence) return;
      if (plan.delay === 0) kill();
      else setTimeout(kill, plan.delay);
    });
    if (plan !== undefined && 'after' in plan) setTimeout(kill, plan.after);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({
        code,
        signal,
        milliseconds: performance.now() - startedAt,
        stdout: texts[1]!,
        stderr: texts[2]!,
        phases: openPhases(texts[3]!),
        hadBegun: texts[3]!.includes('checkpoint'),
      });
    });
  });
}

function isBeginOf(line: string, phase: string): boolean {
  return line.startsWith('+') && line.endsWith(phase);
}

/** Phases with a beginning and no end, by the marks of `observe.cjs`. */
function openPhases(marks: string): string[] {
  const open = new Map<string, number>();
  for (const line of marks.split('\n').slice(0, -1)) {
    const key = line.slice(1);
    open.set(key, (open.get(key) ?? 0) + (line.startsWith('+') ? 1 : -1));
  }
  return [...open].filter(([, count]) => count > 0).map(([key]) => key.split(' ')[1] ?? '');
}
