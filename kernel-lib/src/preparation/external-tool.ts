import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import { runProbe } from './external-tool-probe.ts';

/** A program of other authors that a step drives. */
export interface ExternalTool {
  /** What messages call it, for example `featureCounts`. */
  readonly name: string;
  /** How it is called, in the order in which they are tried: packagers name programs differently. */
  readonly commands: readonly (readonly [program: string, ...first: string[]])[];
  /** The Debian package that holds it. */
  readonly debianPackage: string;
  /** The oldest version that will do, for example `2.1.0`. */
  readonly minimumVersion: string;
  /** Arguments that make it print its version. */
  readonly versionArguments: readonly string[];
  /** Finds the version in what it prints. */
  readonly versionPattern: RegExp;
}

/** A tool that is installed. */
export interface InstalledTool {
  readonly name: string;
  /** Absolute path of the program. */
  readonly program: string;
  /** Arguments that come before all others. */
  readonly first: readonly string[];
  /** For example `2.2.1`. */
  readonly version: string;
}

/** Options of {@link findExternalTool} and {@link findExternalTools}. */
export interface FindExternalToolOptions {
  /** Folders where programs are looked for, as in PATH. Default: PATH. */
  readonly searchPath?: string;
  readonly signal?: AbortSignal;
}

/** Seconds that a program has to tell its version. */
const PROBE_SECONDS = 30;

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Absolute path of a program in the folders of a search path. */
async function findProgram(program: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(path.delimiter)) {
    // An empty entry of PATH is the current folder; a program of a data folder is not meant.
    if (folder === '') continue;
    const file = path.resolve(folder, program);
    if (await isProgram(file)) return file;
  }
  return undefined;
}

function installAdvice(tools: readonly ExternalTool[]): string {
  const packages = [...new Set(tools.map(({ debianPackage }) => debianPackage))].join(' ');
  return `Install it, on Debian or Ubuntu as root with: apt-get install ${packages}`;
}

/**
 * Compares two versions number by number.
 *
 * @returns negative, 0 or positive as the first is older, the same or newer
 * @example
 * compareVersions('2.0.10', '2.0.9'); // positive
 */
export function compareVersions(one: string, other: string): number {
  const numbers = (version: string) => version.split('.').map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Finds a program of other authors and asks it for its version.
 *
 * @throws EnvironmentError where it is missing (names the Debian package), does not run, or is too old
 */
export async function findExternalTool(
  tool: ExternalTool,
  options: FindExternalToolOptions = {},
): Promise<InstalledTool> {
  const { searchPath = process.env['PATH'] ?? '', signal } = options;
  throwIfAborted(signal, `looking for ${tool.name}`);
  for (const [name, ...first] of tool.commands) {
    const program = await findProgram(name, searchPath);
    if (program === undefined) continue;
    const version = await readVersion(tool, program, { searchPath, signal });
    if (compareVersions(version, tool.minimumVersion) < 0) {
      throw new EnvironmentError({
        where: program,
        found: `${tool.name} ${version}`,
        expected: `version ${tool.minimumVersion} or later`,
        fix: `${installAdvice([tool])}, or put a newer one before it in PATH.`,
      });
    }
    return { name: tool.name, program, first, version };
  }
  throw missing([tool]);
}

async function readVersion(
  tool: ExternalTool,
  program: string,
  options: { readonly searchPath: string; readonly signal: AbortSignal | undefined },
): Promise<string> {
  const { output, failure } = await runProbe(program, tool.versionArguments, {
    ...options,
    seconds: PROBE_SECONDS,
  });
  throwIfAborted(options.signal, `looking for ${tool.name}`);
  const version = tool.versionPattern.exec(output)?.[1];
  if (version !== undefined) return version;
  const said = output.trim().split('\n').slice(-3).join(' | ').slice(0, 500);
  throw new EnvironmentError({
    where: program,
    found: `${failure ?? 'no version'}${said === '' ? '' : `: ${said}`}`,
    expected: `${tool.name} to answer '${tool.versionArguments.join(' ')}' with its version`,
    fix: `Its installation is broken. ${installAdvice([tool])}.`,
  });
}

function missing(tools: readonly ExternalTool[]): EnvironmentError {
  const names = tools.map(({ name }) => name).join(', ');
  return new EnvironmentError({
    where: tools.length === 1 ? names : 'external tools',
    found: `${names}: not installed, or not in a folder of PATH`,
    fix: `${installAdvice(tools)}.`,
  });
}

/**
 * Finds several programs; what is missing is told in one message.
 *
 * @throws EnvironmentError, see {@link findExternalTool}
 */
export async function findExternalTools<Name extends string>(
  tools: Readonly<Record<Name, ExternalTool>>,
  options: FindExternalToolOptions = {},
): Promise<Record<Name, InstalledTool>> {
  const { searchPath = process.env['PATH'] ?? '' } = options;
  const entries = Object.entries<ExternalTool>(tools);
  const absent: ExternalTool[] = [];
  for (const [, tool] of entries) {
    const found = await Promise.all(
      tool.commands.map(([program]) => findProgram(program, searchPath)),
    );
    if (found.every((program) => program === undefined)) absent.push(tool);
  }
  if (absent.length > 0) throw missing(absent);
  const found = await Promise.all(
    entries.map(async ([name, tool]) => [name, await findExternalTool(tool, options)] as const),
  );
  return Object.fromEntries(found) as Record<Name, InstalledTool>;
}
