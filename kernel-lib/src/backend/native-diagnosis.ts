import { runProgram, type ProgramOptions } from './native-process.ts';
import { lastCheck } from './native-machine.ts';
import { listInstallations, type NativeManifest } from './native-manifest.ts';
import { findNativeTensorFlow } from './start-tensorflow.ts';

/** A GPU of NVIDIA as its driver describes it. */
export interface NvidiaGpu {
  readonly name: string;
  readonly driver: string;
  /** Newest CUDA that the driver works with; undefined where it does not say. */
  readonly cuda: string | undefined;
  /** Memory in MiB. */
  readonly memory: number;
  readonly memoryUsed: number;
}

/** One line of what the doctor says of native TensorFlow. */
export interface NativeDiagnosisRow {
  readonly what: string;
  readonly status: 'ok' | 'missing' | 'error';
  readonly detail: string;
  readonly fix: string;
}

/** What there is for native TensorFlow on this machine. */
export interface NativeDiagnosis {
  readonly rows: readonly NativeDiagnosisRow[];
  readonly gpus: readonly NvidiaGpu[];
}

/**
 * The GPUs that `nvidia-smi`, which comes with the driver, lists.
 *
 * @returns undefined where there is no driver
 */
export async function nvidiaGpus(options: ProgramOptions = {}): Promise<NvidiaGpu[] | undefined> {
  const limits = { seconds: 20, ...options };
  const query = '--query-gpu=name,driver_version,memory.total,memory.used';
  const list = await runProgram('nvidia-smi', [query, '--format=csv,noheader,nounits'], limits);
  if (list?.code !== 0) return undefined;
  const table = await runProgram('nvidia-smi', [], limits);
  const cuda = /CUDA Version:\s*([\d.]+)/.exec(table?.stdout ?? '')?.[1];
  return list.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', driver = '', memory, memoryUsed] = line
        .split(',')
        .map((cell) => cell.trim());
      return { name, driver, cuda, memory: Number(memory), memoryUsed: Number(memoryUsed) };
    });
}

function cudaVersions({ nvidia }: NativeManifest): string {
  const version = (part: string) => nvidia.find(({ name }) => name.includes(part))?.version;
  const runtime = version('cuda-runtime');
  const cudnn = version('cudnn');
  return [
    ...(runtime === undefined ? [] : [`CUDA ${runtime}`]),
    ...(cudnn === undefined ? [] : [`cuDNN ${cudnn}`]),
  ].join(', ');
}

function describeInstallation({
  folder,
  manifest,
}: {
  folder: string;
  manifest: NativeManifest;
}): string {
  const cuda = cudaVersions(manifest);
  const kind = manifest.variant === 'gpu' ? `with ${cuda === '' ? 'CUDA' : cuda}` : 'without CUDA';
  return `TensorFlow ${manifest.tensorflow} ${kind}, in ${folder}`;
}

/** What native TensorFlow is installed, where, and which NVIDIA GPUs there are for it; loads nothing. */
export async function diagnoseNative(options: ProgramOptions = {}): Promise<NativeDiagnosis> {
  const { installations, broken } = listInstallations();
  const used = findNativeTensorFlow();
  const rows: NativeDiagnosisRow[] = [];
  if (used !== undefined && installations.every(({ folder }) => folder !== used.folder)) {
    const detail = `${used.packageName} ${used.version}, in ${used.folder}`;
    rows.push({ what: 'native TensorFlow', status: 'ok', detail, fix: '' });
  }
  for (const installation of installations) {
    const isUsed = installation.folder === used?.folder;
    const what = isUsed ? 'native TensorFlow' : 'native TensorFlow, not used';
    const kept = lastCheck(installation);
    const failed = kept !== undefined && 'failure' in kept;
    rows.push({
      what,
      status: failed ? 'error' : 'ok',
      detail: `${describeInstallation(installation)}${failed ? `: ${kept.failure.found}` : ''}`,
      fix: failed ? 'npx tatabox native' : '',
    });
  }
  for (const { folder, problem } of broken) {
    const { found, expected } = problem.details;
    const detail = `${folder}: ${found}${expected === undefined ? '' : `; expected ${expected}`}`;
    rows.push({ what: 'native TensorFlow', status: 'error', detail, fix: 'npx tatabox native' });
  }
  const gpus = await nvidiaGpus(options);
  const hasCuda =
    used?.packageName === '@tensorflow/tfjs-node-gpu' ||
    installations.some(({ manifest }) => manifest.variant === 'gpu');
  for (const [index, { name, driver, cuda, memory, memoryUsed }] of (gpus ?? []).entries()) {
    const mebibytes = (n: number) => n.toLocaleString('en-US');
    rows.push({
      what: `GPU ${String(index)}`,
      status: 'ok',
      detail: [
        name,
        `driver ${driver}`,
        ...(cuda === undefined ? [] : [`CUDA up to ${cuda}`]),
        `${mebibytes(memory - memoryUsed)} of ${mebibytes(memory)} MiB free`,
      ].join(', '),
      fix: hasCuda ? '' : 'npx tatabox native --gpu',
    });
  }
  if (hasCuda && (gpus === undefined || gpus.length === 0)) {
    rows.push({
      what: 'NVIDIA GPU',
      status: 'missing',
      detail: gpus === undefined ? 'no driver (nvidia-smi is not there)' : 'the driver lists none',
      fix: "install NVIDIA's driver, if there is a GPU",
    });
  }
  return { rows, gpus: gpus ?? [] };
}
