import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { NODE_API_VERSION } from './native-folder.ts';
import { findProgram, programError, runProgram, type ProgramOptions } from './native-process.ts';
import type { NativeSources } from './native-sources.ts';
import { SIGNAL_GUARD_FLAGS, SIGNAL_GUARD_SOURCE } from './tensorflow-signal-guard.ts';

/** A C++ compiler. */
export interface Compiler {
  readonly program: string;
  /** What it says of its version. */
  readonly version: string;
}

/** The C++ compiler: `$CXX`, else g++ or clang++. @throws EnvironmentError when there is none */
export async function findCompiler(options: ProgramOptions): Promise<Compiler> {
  const chosen = options.environment?.['CXX']?.trim();
  const names =
    chosen !== undefined && chosen !== ''
      ? [chosen]
      : process.platform === 'darwin'
        ? ['clang++', 'g++']
        : ['g++', 'clang++', 'c++'];
  const found = await findProgram(
    names.map((name) => [name] as const),
    ['--version'],
    options,
  );
  if (found === undefined) {
    throw new EnvironmentError({
      where: 'native TensorFlow',
      found: `no C++ compiler (${names.join(', ')} on the PATH)`,
      expected: 'one that knows C++17, to compile two files of @tensorflow/tfjs-node',
      fix:
        process.platform === 'darwin'
          ? 'Install it: xcode-select --install'
          : 'Install it: sudo apt install g++ (Debian, Ubuntu) or sudo dnf install gcc-c++ (Fedora).',
    });
  }
  return { program: found.command[0], version: found.stdout.split('\n')[0]?.trim() ?? '' };
}

/** Name of the compiled binding in an installation. */
export const BINDING_FILE = 'tfjs_binding.node';

/** tfjs-node keeps names of attributes in one set that all threads would write at once. */
const SHARED_SET = 'static std::set<std::string> ATTR_NAME_SET;';

/**
 * The level of TensorFlow's C++ log from which on it is written: 3 is what ends the process. What
 * fails in an operation is told as an error of that operation.
 */
export const QUIET_LOG_LEVEL = '3';

/** Name of the addon that silences the log; it is loaded before the binding. */
export const QUIET_LOG_FILE = 'quiet_log.node';

/**
 * TensorFlow reads the level from the process when it is loaded, which process.env of a worker
 * thread does not reach. The last argument keeps what the user has set.
 */
const quietLogSource = `#include <cstdlib>
#include <node_api.h>
NAPI_MODULE_INIT() {
  setenv("TF_CPP_MIN_LOG_LEVEL", "${QUIET_LOG_LEVEL}", 0);
  return exports;
}
`;

/** A copy of the C++ sources with the set of names for each thread its own. */
async function prepareSources(binding: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(binding, folder, { recursive: true });
  const file = path.join(folder, 'tfjs_backend.cc');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(SHARED_SET, SHARED_SET.replace('static', 'thread_local')));
  await writeFile(path.join(folder, 'quiet_log.cc'), quietLogSource);
  await writeFile(path.join(folder, 'signal_guard.cc'), SIGNAL_GUARD_SOURCE);
}

/** What `compileBinding` works on. */
export interface CompileInput {
  readonly compiler: Compiler;
  readonly sources: NativeSources;
  /** The installation being built; libraries and headers lie in `tensorflow/` in it. */
  readonly folder: string;
  /** Paths of the libraries in the folder. */
  readonly libraries: readonly string[];
}

/**
 * Compiles tfjs-node's two C++ files against the unpacked TensorFlow, to `tfjs_binding.node`, which
 * finds the libraries by its own place, so that the folder can be renamed.
 *
 * @throws EnvironmentError with the compiler's last lines
 */
export async function compileBinding(
  { compiler, sources, folder, libraries }: CompileInput,
  options: ProgramOptions,
): Promise<void> {
  const work = path.join(folder, 'build');
  await prepareSources(path.join(sources.tfjsNode, 'binding'), work);
  const here = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const shared =
    process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup']
      : // Node unloads an addon when the last thread that loaded it ends; TensorFlow's own threads,
        // which go on, would then run into nothing.
        ['-shared', '-Wl,-z,nodelete'];
  const flags = [
    ...['-O2', '-std=c++17', '-fPIC', '-w', ...shared],
    `-DNAPI_VERSION=${String(NODE_API_VERSION)}`,
    `-I${sources.nodeHeaders}`,
    `-I${path.join(folder, 'tensorflow', 'include')}`,
  ];
  const guard = process.platform === 'linux' ? ['signal_guard.cc', ...SIGNAL_GUARD_FLAGS] : [];
  const calls = [
    ['quiet_log.cc', '-o', path.join(folder, QUIET_LOG_FILE)],
    [
      ...['tfjs_backend.cc', 'tfjs_binding.cc', ...guard],
      ...['-o', path.join(folder, BINDING_FILE)],
      ...libraries.map((library) => path.join(folder, library)),
      `-Wl,-rpath,${here}/tensorflow`,
    ],
  ];
  for (const call of calls) {
    const end = await runProgram(compiler.program, [...flags, ...call], { ...options, cwd: work });
    if (end === undefined) {
      throw new EnvironmentError({ where: compiler.program, found: 'it cannot be started' });
    }
    if (end.code !== 0) {
      throw programError(
        `compiling @tensorflow/tfjs-node with ${compiler.version}`,
        end,
        'Choose another compiler with CXX=…, or stay with the backend wasm.',
      );
    }
  }
  await rm(work, { recursive: true, force: true });
}
