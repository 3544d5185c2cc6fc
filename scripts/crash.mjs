// npm run test:crash [-- --kills N --seed N]: kills real training runs with SIGKILL at random moments,
// resumes each until it ends and compares what it has written, byte for byte, with a run that was not
// killed (test/crash). Says how many were killed and what they were writing at that moment.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTime, root, runScript, StepError } from './step.mjs';

const USAGE = `Usage: npm run test:crash [-- --kills N] [--seed N]

  --kills N  runs to kill (default 100)
  --seed N   what draws the moments (default: another one each time)`;

const report = path.join(root, 'build', 'crash.json');

function wholeNumber(text, name) {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new StepError(`--${name}: ${text}; expected a whole number of at least 1.\n\n${USAGE}`, 2);
}

function flagsOf(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        kills: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(1 + (Date.now() % 1e6)) },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new StepError(`${error.message}\n\n${USAGE}`, 2);
  }
}

/** Runs the tests of test/crash. @returns whether they passed */
function runTests(kills, seed) {
  return new Promise((resolve, reject) => {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', 'test/crash/crash.test.ts'], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        TATABOX_CRASH_KILLS: String(kills),
        TATABOX_CRASH_SEED: String(seed),
        TATABOX_CRASH_REPORT: report,
      },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function main() {
  const flags = flagsOf(process.argv.slice(2));
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  const kills = wholeNumber(flags.kills, 'kills');
  const seed = wholeNumber(flags.seed, 'seed');
  rmSync(report, { force: true });
  const began = performance.now();
  const passed = await runTests(kills, seed);
  if (!existsSync(report)) throw new StepError('The tests did not come to their end.', 4);
  const total = { kills: 0, compared: 0, findings: 0 };
  for (const [name, counts] of Object.entries(JSON.parse(readFileSync(report, 'utf8')))) {
    const phases = Object.entries(counts.phases).map(([phase, count]) => `${count} ${phase}`);
    console.log(
      `${name}: ${counts.kills} kills; while writing: ${phases.join(', ') || 'nothing'}; ` +
        `before training: ${counts.beforeTraining}; ` +
        `${counts.compared} runs resumed to their end and compared`,
    );
    counts.findings.forEach((finding) => console.log(`  ✗ ${finding}`));
    total.kills += counts.kills;
    total.compared += counts.compared;
    total.findings += counts.findings.length;
  }
  console.log(
    `${total.kills} kills, ${total.compared} runs compared byte for byte, seed ${seed}, ` +
      `${formatTime(performance.now() - began)}: ${total.findings} findings`,
  );
  return passed && total.kills >= kills && total.findings === 0 ? 0 : 1;
}

await runScript(main);
