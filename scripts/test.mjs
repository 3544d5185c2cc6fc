// npm test [-- FLAGS]: sets up, then type check, lint, unit tests and end-to-end tests. Everything
// runs, whatever fails; the flags go to vitest. The last line is "N passed, N failed" (tests).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setUp } from './setup.mjs';
import { formatTime, root, runScript } from './step.mjs';

const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const typescript = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const flags = process.argv.slice(2);
const hasVsCode = existsSync(
  path.join(root, 'build', 'code-server', 'node_modules', '.tatabox-ready'),
);

/** Runs a program with its output on the terminal. @returns whether it ended well */
function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    child.once('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs some of the tests. @returns whether they passed, and how many did */
async function runTests(name, args) {
  const report = path.join(root, 'build', `tests-${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const passed = await run(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    // A file name among the flags may be in the other half of the tests.
    ...(flags.length > 0 ? ['--passWithNoTests'] : []),
    ...args,
    ...flags,
  ]);
  // Without a report not one test has run, and a test run that is not there has failed.
  if (!existsSync(report)) return { passed: false, tests: { passed: 0, failed: 1 }, failures: [] };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = numFailedTests + brokenFiles.length;
  return {
    passed: passed && failed === 0,
    tests: { passed: numPassedTests, failed: !passed && failed === 0 ? 1 : failed },
    failures: testResults.flatMap(describeFailures),
  };
}

/** What failed in a file, with the first lines of the reason: a long log may be cut at its start. */
function describeFailures({ name, status, message, assertionResults }) {
  if (status !== 'failed') return [];
  const file = path.relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return [`✗ ${file}\n${firstLines(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) => `✗ ${file}: ${fullName}\n${firstLines(failureMessages[0])}`,
  );
}

const firstLines = (text = '') => text.split('\n').slice(0, 12).join('\n').slice(0, 2000);

const CHECKS = [
  {
    name: 'type check',
    // By its path: the name tsc in .bin may be that of the compiler inside tslab.
    start: async () => {
      const projects = ['tsconfig.json', 'extension'];
      const passed = [];
      for (const project of projects) {
        passed.push(await run(process.execPath, [typescript, '--project', project]));
      }
      return passed.every(Boolean);
    },
  },
  { name: 'eslint', start: () => run(bin('eslint'), ['.']) },
  { name: 'prettier', start: () => run(bin('prettier'), ['--check', '--log-level', 'warn', '.']) },
  {
    name: 'order of the rooms',
    start: () =>
      run(bin('depcruise'), [
        '--config',
        '.dependency-cruiser.cjs',
        'kernel-lib/src',
        'extension/src',
      ]),
  },
  {
    name: 'unit tests',
    start: () =>
      runTests('unit', [
        '--exclude',
        'test/!(unit|extension)/**',
        '--exclude',
        'test/extension/e2e/**',
      ]),
  },
  {
    name: 'the extension as .vsix',
    // It needs a tool of its own, which the tests in VS Code bring.
    start: async () =>
      !hasVsCode ||
      ((await run(process.execPath, [path.join('extension', 'scripts', 'build.mjs')])) &&
        (await run(process.execPath, [path.join('extension', 'scripts', 'package.mjs')]))),
  },
  {
    name: 'end-to-end tests',
    start: () =>
      runTests('end-to-end', ['--exclude', 'test/unit/**', '--exclude', 'test/extension/**']),
  },
  {
    name: 'tests in VS Code',
    // One after the other: each has a browser, a server and what the extension starts.
    start: () =>
      runTests('vscode', [
        '--exclude',
        'test/!(extension)/**',
        '--exclude',
        'test/extension/unit/**',
        '--no-file-parallelism',
      ]),
  },
];

async function main() {
  await setUp();
  const lines = [];
  const failures = [];
  const total = { passed: 0, failed: 0 };
  let ok = true;
  for (const { name, start } of CHECKS) {
    console.log(`\n── ${name} ${'─'.repeat(Math.max(3, 60 - name.length))}`);
    const began = performance.now();
    const result = await start();
    const outcome = typeof result === 'boolean' ? { passed: result } : result;
    const { passed, tests } = outcome;
    failures.push(...(outcome.failures ?? []));
    ok &&= passed;
    total.passed += tests?.passed ?? 0;
    total.failed += tests?.failed ?? 0;
    const time = formatTime(performance.now() - began);
    lines.push(`${passed ? '✓' : '✗'} ${name.padEnd(20)} ${time.padStart(12)}`);
  }
  if (failures.length > 0) console.log(`\n── failures\n${failures.join('\n\n')}`);
  console.log(`\n${lines.join('\n')}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return ok ? 0 : 1;
}

await runScript(main);
