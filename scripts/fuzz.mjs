// npm run fuzz [-- --seconds N --only NAME,… --seed N --list]: damaged files for every reader. The
// right answer or a message for the user is well; a raw error, a hang, much memory or the end of the
// process is a finding, which is kept in build/fuzz/ and makes the exit code 1.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root, runScript, StepError } from './step.mjs';

const folder = path.join(root, 'build', 'fuzz');

/** Seconds without a word after which a process hangs. */
const SILENCE = 20;
/** Findings of a target after which it is left. */
const ENOUGH = 1000;

async function bundle() {
  await build({
    entryPoints: ['run-target.ts', 'targets.ts'].map((name) => path.join(root, 'test/fuzz', name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  mkdirSync(folder, { recursive: true });
  const { fuzzTargets } = await import(pathToFileURL(path.join(folder, 'targets.mjs')).href);
  return fuzzTargets.map(({ name }) => name);
}

/** One process until its time is over, it ends by itself, or it is silent for too long. */
function runProcess(target, { seed, from, seconds, batch }) {
  return new Promise((resolve) => {
    const args = [path.join(folder, 'run-target.mjs'), target, seed, from, seconds, batch];
    const child = spawn(process.execPath, ['--max-old-space-size=2048', ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result = { next: from, findings: [], done: false, ending: '' };
    let errors = '';
    child.stderr.on('data', (text) => (errors = (errors + text).slice(-2000)));
    let timer;
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        result.ending = `no answer for ${SILENCE} s`;
        child.kill('SIGKILL');
      }, SILENCE * 1000);
    };
    listen();
    createInterface(child.stdout).on('line', (line) => {
      listen();
      let message;
      try {
        message = JSON.parse(line);
      } catch {
        return;
      }
      if (message.next !== undefined) result.next = message.next;
      if (message.finding !== undefined) result.findings.push(message.finding);
      if (message.done !== undefined) Object.assign(result, { next: message.done, done: true });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (!result.done && result.ending === '') {
        result.ending = `the process ended (${signal ?? code}): ${errors.trim().split('\n').slice(-3).join(' ')}`;
      }
      resolve(result);
    });
  });
}

/** All inputs of a target within some seconds; goes on behind an input that ends the process. */
async function runTarget(target, seed, seconds) {
  const findings = [];
  const end = Date.now() + seconds * 1000;
  let next = 0;
  while (Date.now() < end && findings.length < ENOUGH) {
    const left = (end - Date.now()) / 1000;
    const whole = await runProcess(target, { seed, from: next, seconds: left, batch: 64 });
    findings.push(...whole.findings);
    next = whole.next;
    if (whole.done) break;
    // Once more, one at a time, to see which input it was.
    const one = await runProcess(target, { seed, from: next, seconds: 60, batch: 1 });
    if (!one.done) findings.push({ index: one.next, problem: one.ending });
    next = one.next + 1;
  }
  return { target, inputs: next, findings };
}

async function main() {
  let flags;
  try {
    ({ values: flags } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        only: { type: 'string' },
        seed: { type: 'string', default: '1' },
        list: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    const usage = 'npm run fuzz -- [--seconds N] [--only NAME,…] [--seed N] [--list]';
    throw new StepError(`${error.message}\n${usage}`, 2);
  }
  for (const name of ['seconds', 'seed']) {
    if (!(Number(flags[name]) > 0)) {
      throw new StepError(`--${name}: found '${flags[name]}'; expected a number above 0`, 2);
    }
  }
  const known = await bundle();
  const names = flags.only?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new StepError(`--only: no '${unknown}'. There are: ${known.join(', ')}`, 2);
  }
  if (flags.list) {
    console.log(known.join('\n'));
    return 0;
  }
  const lanes = Math.max(1, Math.min(availableParallelism(), names.length));
  const each = (Number(flags.seconds) * lanes) / names.length;
  const waiting = [...names];
  const results = [];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const result = await runTarget(name, Number(flags.seed), each);
        results.push(result);
        report(result, flags.seed);
      }
    }),
  );
  const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  console.log(
    `${inputs.toLocaleString('en-US')} inputs for ${results.length} readers, seed ${flags.seed}: ${findings} findings`,
  );
  return findings === 0 ? 0 : 1;
}

/** One line a reader, and each kind of finding once with the input of its first. */
function report({ target, inputs, findings }, seed) {
  console.log(
    `${findings.length === 0 ? '✓' : '✗'} ${target.padEnd(20)} ${inputs.toLocaleString('en-US')} inputs`,
  );
  const kinds = new Map();
  for (const finding of findings) {
    // Where in our code it was tells kinds apart, not the words of a message.
    const [first, ...stack] = finding.problem.split('\n');
    const kind = stack.find((line) => line.includes('build/fuzz/'))?.trim() ?? first;
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding]);
  }
  for (const same of kinds.values()) {
    const [{ index, problem, input }] = same;
    const file = path.join(folder, `${target}-${seed}-${index}.bin`);
    if (input !== undefined) writeFileSync(file, Buffer.from(input, 'base64'));
    const shown = input === undefined ? `input ${index}` : path.relative(root, file);
    console.log(`  ${same.length} times, first ${shown}:`);
    console.log(`    ${problem.split('\n').slice(0, 5).join('\n    ')}`);
  }
}

await runScript(main);
