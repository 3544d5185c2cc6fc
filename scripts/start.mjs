// npm start [-- PATH.ipynb]: sets up, runs a notebook in a real tslab kernel, and says where its
// results are. Without HF_ENDPOINT a Hub of its own, on this machine, takes what the notebook pushes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setUp } from './setup.mjs';
import { formatTime, root, runScript, StepError } from './step.mjs';

const USAGE = `Usage: npm start                    run notebooks/00-quickstart.ipynb
       npm start -- PATH.ipynb     run another notebook

The executed notebook and its page are written to runs/NAME/.
HF_ENDPOINT and HF_TOKEN name the Hub that the notebook pushes to; without HF_ENDPOINT it is a
server on this machine that is gone afterwards.`;

/** @param {string[]} args */
function notebookFile(args) {
  const unknown = args.find((arg) => arg.startsWith('-'));
  if (unknown !== undefined) throw new StepError(`Unknown option ${unknown}.\n\n${USAGE}`, 2);
  if (args.length > 1) throw new StepError(`One notebook at a time.\n\n${USAGE}`, 2);
  const given = args[0];
  // npm runs scripts in the package's folder; INIT_CWD is where the user was.
  const file =
    given === undefined
      ? path.join(root, 'notebooks', '00-quickstart.ipynb')
      : path.resolve(process.env.INIT_CWD ?? process.cwd(), given);
  if (!existsSync(file)) throw new StepError(`${file}: no such notebook. Check the path.`, 3);
  return file;
}

/** Starts the Hub on this machine. @returns the variables for the kernel, and how to end it */
async function startHub(runFolder) {
  const script = path.join(root, 'test', 'hub', 'loopback-server.mjs');
  const server = spawn(process.execPath, [script, '--port', '0', '--stop-with-stdin'], {
    // Ctrl-C is for this process, which ends the server when the notebook has ended.
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const failed = once(server, 'exit').then(([code]) => {
    throw new StepError(`The Hub on this machine ended with exit code ${code}.`, 4);
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input: server.stdout });
  const [line] = await Promise.race([once(lines, 'line'), failed]);
  const { url, token } = JSON.parse(line);
  const cache = path.join(runFolder, 'hf-home');
  console.error(`HF_ENDPOINT is not set: the notebook pushes to a Hub on this machine, ${url}`);
  return {
    environment: { HF_ENDPOINT: url, HF_TOKEN: token, HF_HOME: cache },
    stop: () => server.kill('SIGTERM'),
  };
}

/** Writes "[3/24] Train … 12.3 s ✓", with the time running where there is a terminal to show it. */
function cellLines() {
  const stream = process.stderr;
  let label = '';
  let started = 0;
  let timer;
  const time = () => formatTime(performance.now() - started);
  return (event) => {
    if (event.phase === 'start') {
      const width = String(event.total).length;
      label = `[${String(event.number).padStart(width)}/${event.total}] ${event.title} …`;
      started = performance.now();
      stream.write(`${label} `);
      if (stream.isTTY) timer = setInterval(() => stream.write(`\r\x1b[K${label} ${time()}`), 1000);
      return;
    }
    clearInterval(timer);
    const mark = { ok: '✓', 'expected-error': '✓ (an error, as expected)' }[event.status] ?? '✗';
    stream.write(stream.isTTY ? `\r\x1b[K${label} ` : '');
    stream.write(`${formatTime(event.milliseconds)} ${mark}\n`);
  };
}

/** A figure, or a figure with its interval, as text. */
function figure(value) {
  if (typeof value === 'number') return value.toFixed(4);
  const { value: estimate = NaN, low, high } = value ?? {};
  const interval = low === undefined ? '' : ` [${low.toFixed(4)}, ${high.toFixed(4)}]`;
  return `${Number(estimate).toFixed(4)}${interval}`;
}

/** The metrics that the notebook has written, as tables. */
function metricsText({ metrics = {} }, TableView) {
  const { test, baselines } = metrics;
  const tables = [];
  if (test !== undefined) {
    const rows = Object.entries(test).map(([metric, value]) => ({ metric, value: figure(value) }));
    tables.push(new TableView('Test metrics', ['metric', 'value'], rows).toText());
  }
  if (baselines !== undefined) {
    const rows = Object.entries(baselines).map(([baseline, values]) => ({
      baseline,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, figure(value)])),
    }));
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    tables.push(new TableView('Baselines', columns, rows).toText());
  }
  return tables.join('\n\n');
}

function readSummary(file) {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StepError(`${file}: not JSON (${error.message}).`, 3);
  }
}

/** A folder that the notebook names: as seen from itself, from its run folder or from the root. */
function findFolder(folder, notebook, runFolder) {
  const places = [path.dirname(notebook), runFolder, root].map((from) =>
    path.resolve(from, folder),
  );
  return places.find((place) => existsSync(place)) ?? folder;
}

/** Aborted by Ctrl-C; a second one ends everything at once. */
function interruption() {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(5);
      process.stderr.write('\nInterrupted: stopping the notebook …\n');
      controller.abort(new Error(signal));
    });
  }
  return controller.signal;
}

async function main() {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return;
  }
  const file = notebookFile(args);
  await setUp();
  const started = performance.now();
  const library = createRequire(import.meta.url)(path.join(root, 'kernel-lib/dist/index.cjs'));
  const signal = interruption();

  const name = path.basename(file, '.ipynb').replace(/^\d+-/, '');
  const runFolder = path.join(root, 'runs', name);
  const output = path.join(runFolder, `${name}.ipynb`);
  const page = path.join(runFolder, `${name}.html`);
  const summaryFile = path.join(runFolder, 'summary.json');
  // Results of a former run would pass for this one's.
  for (const stale of [summaryFile, output, page]) rmSync(stale, { force: true });

  const shown = (place) => path.relative(process.env.INIT_CWD ?? process.cwd(), place) || '.';
  const writePage = async () => {
    const notebook = await library.readNotebook(output);
    writeFileSync(page, library.exportHtml(notebook, { imageFolder: path.dirname(file) }));
  };
  const hub = process.env.HF_ENDPOINT ? undefined : await startHub(runFolder);
  try {
    console.error(`Running ${shown(file)}`);
    const { environment } = hub ?? {};
    await library.runNotebook({ file, output, environment, signal, onCell: cellLines() });
    await writePage();
  } catch (error) {
    if (existsSync(output)) {
      await writePage();
      console.error(`\nWhat was executed so far: ${shown(output)}, as a page: ${shown(page)}`);
    }
    throw error;
  } finally {
    hub?.stop();
  }

  const summary = readSummary(summaryFile);
  const metrics = metricsText(summary, library.TableView);
  if (metrics !== '') console.log(`\n${metrics}\n`);
  console.log(`Executed notebook  ${shown(output)}`);
  console.log(`Page               ${shown(page)}`);
  if (summary.modelFolder !== undefined) {
    console.log(`Model folder       ${shown(findFolder(summary.modelFolder, file, runFolder))}`);
  }
  if (summary.hub !== undefined) {
    const { url, repository, name: repositoryName } = summary.hub;
    const pushed =
      typeof summary.hub === 'string' ? summary.hub : (url ?? repository ?? repositoryName);
    const where = hub === undefined ? '' : ' (on the Hub of this machine, gone now)';
    if (pushed !== undefined) console.log(`Pushed to          ${pushed}${where}`);
  }
  console.log(`Finished in ${formatTime(performance.now() - started)}.`);
}

await runScript(main);
// Once more than the work: handles that the library left open do not keep the terminal waiting.
process.exit();
