import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.ts';
import type { ProgressReporter } from '../core/progress.ts';
import { WHEEL_PYTHON, type WheelLayout } from './native-releases.ts';
import { findProgram, programError, runProgram, type ProgramOptions } from './native-process.ts';

/** A Python with pip. */
export interface Pip {
  readonly command: readonly [string, ...string[]];
  /** What `pip --version` says. */
  readonly version: string;
}

/** Finds a Python with pip on the PATH. @throws EnvironmentError when there is none */
export async function findPip(options: ProgramOptions): Promise<Pip> {
  const pythons: (readonly [string, ...string[]])[] =
    process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']];
  const found = await findProgram(pythons, ['-m', 'pip', '--version'], options);
  if (found !== undefined) return { command: found.command, version: found.stdout.trim() };
  const python = await findProgram(pythons, ['--version'], options);
  throw new EnvironmentError({
    where: 'native TensorFlow',
    found: python === undefined ? 'no Python on the PATH' : `${python.stdout.trim()} without pip`,
    expected: "python3 with pip, which downloads TensorFlow's wheel",
    fix:
      process.platform === 'darwin'
        ? 'Install it: brew install python, or give a downloaded wheel with --wheel FILE.'
        : 'Install it: sudo apt install python3-pip (Debian, Ubuntu), or give a downloaded wheel with --wheel FILE.',
  });
}

/** What makes pip choose wheels for this machine whatever Python it runs on. */
function target({ platforms }: Pick<WheelLayout, 'platforms'>): string[] {
  return [
    '--only-binary=:all:',
    '--implementation=cp',
    `--python-version=${WHEEL_PYTHON}`,
    ...platforms.map((platform) => `--platform=${platform}`),
  ];
}

/** Settings of a user's pip that would forbid what is asked of it here, where nothing is installed. */
const settings = { PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0' };

/** What the index says of a package. */
export interface IndexEntry {
  readonly file: string;
  /** SHA-256 in hexadecimal, where the index gives one. */
  readonly sha256: string | undefined;
}

const reportSchema = z.object({
  install: z.array(
    z.object({
      download_info: z.object({
        url: z.string(),
        archive_info: z.object({ hashes: z.record(z.string(), z.string()).optional() }).optional(),
      }),
    }),
  ),
});

const network =
  'Connect to the Python package index, or give a downloaded wheel with --wheel FILE.';

/**
 * Asks the index for a wheel without downloading it (`pip install --dry-run --report`, pip 22.2).
 *
 * @returns undefined where pip is too old to tell
 * @throws EnvironmentError when the index has no such version, or does not answer
 */
export async function askIndex(
  pip: Pip,
  requirement: string,
  layout: WheelLayout,
  options: ProgramOptions,
): Promise<IndexEntry | undefined> {
  const [python, ...args] = pip.command;
  const end = await runProgram(
    python,
    [
      ...args,
      ...['-m', 'pip', 'install', '--dry-run', '--quiet', '--report=-', '--no-deps'],
      ...['--ignore-installed', '--disable-pip-version-check', '--target=unused'],
      ...target(layout),
      requirement,
    ],
    { ...options, environment: { ...(options.environment ?? process.env), ...settings } },
  );
  if (end?.code !== 0) {
    if (end === undefined || end.stderr.includes('no such option')) return undefined;
    throw indexError(requirement, end.stderr) ?? programError(`pip, ${requirement}`, end, network);
  }
  const parsed = reportSchema.safeParse(JSON.parse(end.stdout));
  const info = parsed.data?.install[0]?.download_info;
  if (info === undefined) return undefined;
  return {
    file: path.posix.basename(new URL(info.url).pathname),
    sha256: info.archive_info?.hashes?.['sha256'],
  };
}

/** The error for a version that the index does not have. */
function indexError(requirement: string, stderr: string): EnvironmentError | undefined {
  if (!stderr.includes('No matching distribution')) return undefined;
  const versions = /from versions: ([^)]*)\)/.exec(stderr)?.[1]?.split(', ') ?? [];
  const known = versions.filter((version) => /^[\d.]+$/.test(version)).slice(-6);
  return new EnvironmentError({
    where: `Python package index, ${requirement}`,
    found: 'no wheel for this machine',
    ...(known.length === 0 ? {} : { expected: `one of its newest versions ${known.join(', ')}` }),
    fix: known.length === 0 ? network : 'Choose one with --tensorflow VERSION.',
  });
}

/** Bytes of the files below a folder. */
async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(path.join(folder, name)).catch(() => undefined);
      return found?.isFile() === true ? found.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Reports bytes as megabytes, which people read. */
export function megabyteProgress(
  progress: ProgressReporter | undefined,
  task: string,
  total: number | undefined,
): (bytes: number, options?: { readonly end?: boolean }) => void {
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  const startedAt = performance.now();
  return (bytes, { end = false } = {}) => {
    const done = megabytes(bytes);
    const all = end ? bytes : total;
    const rate = bytes / 1e6 / ((performance.now() - startedAt) / 1000);
    progress?.({
      task,
      done,
      unit: 'MB',
      ...(all === undefined ? {} : { total: megabytes(all) }),
      ...(bytes > 0 ? { rate } : {}),
    });
  };
}

/** What `downloadWheels` gets, and where to. */
export interface DownloadInput {
  readonly pip: Pip;
  readonly requirements: readonly string[];
  readonly layout: Pick<WheelLayout, 'platforms'>;
  /** Gets also what the packages need. Default false. */
  readonly withDependencies?: boolean;
  readonly folder: string;
  readonly task: string;
  /** Bytes to expect, for the progress. */
  readonly total?: number;
}

/**
 * Downloads wheels with pip, which compares each with the hash of its index. They appear in the
 * folder when all are whole; what an interrupted download leaves is removed.
 *
 * @returns the names of the files
 * @throws EnvironmentError, InterruptedError
 */
export async function downloadWheels(
  { pip, requirements, layout, withDependencies = false, folder, task, total }: DownloadInput,
  options: ProgramOptions & { readonly progress?: ProgressReporter },
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(path.join(folder, '.pip-'));
  const wheels = path.join(work, 'wheels');
  const temporary = path.join(work, 'temporary');
  await mkdir(temporary);
  const report = megabyteProgress(options.progress, task, total);
  report(0);
  const timer = setInterval(() => {
    // pip downloads into its temporary folder, then moves: the sum of both is what has come.
    void folderSize(work).then((done) => {
      // A copy is there twice for a moment; the end is told below.
      report(Math.min(done, (total ?? Infinity) * 0.99));
    });
  }, 500);
  try {
    const [python, ...args] = pip.command;
    const end = await runProgram(
      python,
      [
        ...args,
        ...['-m', 'pip', 'download', '--disable-pip-version-check', '--progress-bar=off'],
        // Its cache would keep a second copy of hundreds of megabytes.
        ...['--no-cache-dir', `--dest=${wheels}`],
        ...(withDependencies ? [] : ['--no-deps']),
        ...target(layout),
        ...requirements,
      ],
      // The system's temporary folder may be small, or in memory.
      {
        ...options,
        environment: { ...(options.environment ?? process.env), ...settings, TMPDIR: temporary },
      },
    );
    if (end?.code !== 0) {
      const where = `pip download ${requirements.join(' ')}`;
      if (end === undefined) {
        throw new EnvironmentError({ where, found: 'Python cannot be started' });
      }
      throw indexError(requirements.join(' '), end.stderr) ?? programError(where, end, network);
    }
    report(await folderSize(wheels), { end: true });
    const names = await readdir(wheels);
    for (const name of names) await rename(path.join(wheels, name), path.join(folder, name));
    return names;
  } finally {
    clearInterval(timer);
    await rm(work, { recursive: true, force: true });
  }
}
