// npm run bench [-- --only NAME,… --backend NAME,… --json FILE --python FILE --list]: our work beside
// that of our peers, in the same run, on the same data, one repetition of each in turn.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { preparePython } from './bench-python.mjs';
import { buildAssembly } from '../kernel-lib/scripts/build-assembly.mjs';
import { root, runScript, StepError } from './step.mjs';

const bundles = path.join(root, 'build', 'bench');

/** Bundles our side of the rows, so that it runs as the published library does. */
async function bundle() {
  await buildAssembly();
  await build({
    entryPoints: ['rows.ts', 'side.ts', 'plot.ts'].map((name) =>
      path.join(root, 'test/bench', name),
    ),
    outdir: bundles,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  // Where the bundled plots look for their fonts.
  cpSync(path.join(root, 'kernel-lib/assets'), path.join(bundles, 'assets'), { recursive: true });
}

/** A side that runs as a process of its own: one repetition for each line that it is sent. */
class Side {
  constructor(program, args) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.errors = '';
    this.child.stderr.on('data', (text) => (this.errors = (this.errors + text).slice(-2000)));
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line of JSON; other output (a library's banner) is passed over. */
  async answer() {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done)
        throw new Error(this.errors.trim().split('\n').slice(-3).join(' ') || 'it ended early');
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }

  async repeat() {
    this.child.stdin.write('again\n');
    return this.answer();
  }

  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill(), 3000);
    await this.ended;
    clearTimeout(timer);
  }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const range = (values) => [Math.min(...values), Math.max(...values)];

/** Threads of some frameworks spin for a while behind their work and take the other side's core. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));

/** One row on one backend beside one peer. */
async function measure(row, backend, peer, python) {
  const folder = mkdtempSync(path.join(bundles, `${row.name}-`));
  const sides = [];
  try {
    const ours = new Side(process.execPath, [
      path.join(bundles, 'side.mjs'),
      row.name,
      backend,
      folder,
    ]);
    sides.push(ours);
    await ours.answer();
    const script = path.join(root, 'test/bench/peers', peer.script);
    const other = new Side(python, [script, `${row.name} ${peer.name}`, folder]);
    sides.push(other);
    await other.answer();
    const times = { ours: [], peer: [] };
    let check = 0;
    let memory = { ours: 0, peer: 0 };
    for (let repetition = -1; repetition < row.repetitions; repetition++) {
      const mine = await ours.repeat();
      await pause();
      const theirs = await other.repeat();
      await pause();
      if (repetition < 0) {
        check = Math.abs(mine.check - theirs.check) / Math.max(Math.abs(theirs.check), 1e-12);
        if (!(check <= row.tolerance)) {
          throw new Error(
            `the two sides computed different things: ${mine.check} and ${theirs.check}`,
          );
        }
        continue;
      }
      times.ours.push(mine.milliseconds);
      times.peer.push(theirs.milliseconds);
      memory = { ours: mine.memory, peer: theirs.memory };
    }
    const [oursMedian, peerMedian] = [median(times.ours), median(times.peer)];
    return {
      name: row.name,
      work: row.work,
      backend,
      peer: peer.name,
      ours_ms: oursMedian,
      peer_ms: peerMedian,
      ratio: peerMedian / oursMedian,
      goal: peer === row.peers[0] ? (row.goals[backend] ?? null) : null,
      limit_ms: row.limitMilliseconds ?? null,
      ours_range_ms: range(times.ours),
      peer_range_ms: range(times.peer),
      ours_memory_mb: memory.ours,
      peer_memory_mb: memory.peer,
      check_difference: check,
      repetitions: row.repetitions,
    };
  } finally {
    await Promise.all(sides.map((side) => side.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of a flag, checked against the known ones. */
function chosen(flag, text, known) {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new StepError(`--${flag}: no '${unknown}'. There are: ${known.join(', ')}`, 2);
  }
  return names;
}

const time = (value) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);

function goalOf({ goal, limit_ms: limit, ratio, ours_ms: milliseconds }) {
  const sign = (met) => (met ? '✓' : '✗');
  if (limit !== null) return `${limit} ms ${sign(milliseconds <= limit)}`;
  return goal === null ? '' : `${goal}× ${sign(ratio >= goal)}`;
}

function printTable(results) {
  const rows = results.map((result) => [
    result.work,
    result.backend === 'none' ? '' : result.backend,
    result.peer,
    `${time(result.ours_ms)} [${result.ours_range_ms.map(time).join('–')}]`,
    `${time(result.peer_ms)} [${result.peer_range_ms.map(time).join('–')}]`,
    `${result.ratio.toFixed(1)}×`,
    goalOf(result),
    `${result.ours_memory_mb.toFixed(0)} / ${result.peer_memory_mb.toFixed(0)}`,
  ]);
  const head = [
    'work',
    'backend',
    'peer',
    'ours, ms [range]',
    'peer, ms [range]',
    'ratio',
    'goal',
    'memory, MB',
  ];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  console.log(`\n${line(head)}\n${line(widths.map((width) => '─'.repeat(width)))}`);
  for (const row of rows) console.log(line(row));
}

async function main() {
  let flags;
  try {
    ({ values: flags } = parseArgs({
      options: {
        only: { type: 'string' },
        backend: { type: 'string' },
        json: { type: 'string' },
        python: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new StepError(
      `${error.message}\nnpm run bench -- [--only NAME,…] [--backend NAME,…] [--json FILE] [--python FILE] [--list]`,
      2,
    );
  }
  await bundle();
  const { benchRows } = await import(pathToFileURL(path.join(bundles, 'rows.mjs')).href);
  const rows = chosen(
    'only',
    flags.only,
    benchRows.map(({ name }) => name),
  ).map((name) => benchRows.find((row) => row.name === name));
  if (flags.list) {
    for (const { name, work, backends } of rows)
      console.log(`${name.padEnd(20)} ${work} (${backends.join(', ')})`);
    return;
  }
  const backends = chosen('backend', flags.backend, ['tensorflow', 'webgpu', 'wasm', 'none']);
  const { python, versions, missing } = await preparePython(
    rows.flatMap(({ peers }) => peers.map(({ name }) => name)),
    flags.python,
  );
  const machine = {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ...versions,
  };
  console.log(
    `\n${Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
  const results = [];
  const skipped = [];
  for (const row of rows) {
    for (const backend of row.backends.filter((name) => backends.includes(name))) {
      for (const peer of row.peers) {
        const what = `${row.name} · ${backend} · ${peer.name}`;
        if (missing.has(peer.name)) {
          skipped.push(`${what}: ${peer.name} cannot be installed here`);
          continue;
        }
        process.stderr.write(`${what} … `);
        try {
          const result = await measure(row, backend, peer, python);
          results.push(result);
          process.stderr.write(`${result.ratio.toFixed(1)}×\n`);
        } catch (error) {
          process.stderr.write('skipped\n');
          skipped.push(`${what}: ${error.message}`);
        }
      }
    }
  }
  printTable(results);
  if (skipped.length > 0)
    console.log(`\nSkipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  mkdirSync(bundles, { recursive: true });
  const { ratioPlot } = await import(pathToFileURL(path.join(bundles, 'plot.mjs')).href);
  if (results.length > 0) {
    const plot = path.join(bundles, 'ratios.svg');
    writeWhole(plot, await ratioPlot(results));
    console.log(`\nPlot: ${path.relative(root, plot)}`);
  }
  if (flags.json !== undefined) {
    writeWhole(path.resolve(flags.json), `${JSON.stringify(results, null, 2)}\n`);
    console.log(`JSON: ${flags.json}`);
  }
  return results.length === 0 ? 4 : 0;
}

/** Writes a file so that it is complete or absent. */
function writeWhole(file, text) {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

await runScript(main);
