import type { Command } from 'commander';
import type { NativePlan } from '../../backend/native-plan.ts';
import type { NativeInstallResult } from '../../backend/native-install.ts';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type CommandContext, type GlobalOptions } from '../command-context.ts';
import type { CommandResult } from '../report.ts';

interface NativeCommandOptions extends GlobalOptions {
  readonly gpu?: boolean;
  readonly tensorflow?: string;
  readonly wheel?: string;
  readonly uninstall?: boolean;
  readonly dryRun?: boolean;
}

const megabytes = (bytes: number): string =>
  `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;

function describeHash(plan: NativePlan): string {
  if (plan.expectedHash === undefined) {
    return plan.opened === undefined ? 'SHA-256 as pip checks it' : 'SHA-256 not known beforehand';
  }
  const { sha256, source } = plan.expectedHash;
  return `SHA-256 ${sha256} (${source === 'pinned' ? 'known to tatabox' : "the index's"})`;
}

function describePlan(plan: NativePlan): CommandResult {
  const { tensorflow, variant, folder, obstacles, existing, compiler, pip } = plan;
  const lines = [
    `TensorFlow ${tensorflow} (${variant}) in ${folder}`,
    existing === undefined ? 'not installed yet' : 'installed already: nothing to do',
    `wheel     ${plan.wheel}, ${describeHash(plan)}`,
    `disk      ${megabytes(plan.spaceNeeded)} needed meanwhile, ${megabytes(plan.spaceFree)} free`,
    `compiler  ${compiler?.version ?? 'none'}`,
    `pip       ${pip?.version ?? (plan.opened === undefined ? 'none' : 'not needed')}`,
    ...obstacles.map(({ message }) => `in the way: ${message}`),
  ];
  return {
    text: lines.join('\n'),
    json: {
      dryRun: true,
      tensorflow,
      variant,
      folder,
      installed: existing !== undefined,
      wheel: plan.wheel,
      sha256: plan.expectedHash?.sha256 ?? null,
      spaceNeeded: plan.spaceNeeded,
      spaceFree: plan.spaceFree,
      compiler: compiler?.version ?? null,
      pip: pip?.version ?? null,
      obstacles: obstacles.map(({ message }) => message),
    },
  };
}

function describeDevice({ manifest, check }: NativeInstallResult): string {
  if (check.gpu) return 'computes on the GPU';
  if (manifest.variant === 'cpu') return 'computes on the processor';
  const reason = check.gpuProblem === undefined ? '' : ` (${check.gpuProblem})`;
  return `no GPU was found${reason}: it computes on the processor; \`npx tatabox doctor\` says more`;
}

const hashWords = {
  pinned: 'SHA-256 as known to tatabox',
  index: 'SHA-256 as the package index gives it; tatabox knows no hash of this version',
  given: 'SHA-256 not verified: the file was given',
} as const;

function describeInstallation(result: NativeInstallResult, seconds: number): CommandResult {
  const { folder, manifest, alreadyInstalled, bytes, check } = result;
  const state = alreadyInstalled ? 'is there already' : `installed in ${seconds.toFixed(0)} s`;
  const [before = NaN, after = NaN] = check.losses;
  return {
    text: [
      `TensorFlow ${check.tensorflow} (${manifest.variant}) ${state}: ${folder} (${megabytes(bytes)})`,
      `${describeDevice(result)}; check: matrix product exact to ${check.matrixProductError.toExponential(0)}, loss ${before.toPrecision(3)} to ${after.toPrecision(3)} in 20 steps`,
      `wheel: ${hashWords[manifest.wheel.hash]}`,
      'Every project of yours uses it from now on; --backend wasm or TATABOX_BACKEND=wasm does without.',
    ].join('\n'),
    json: {
      folder,
      alreadyInstalled,
      bytes,
      seconds,
      check,
      manifest: { ...manifest, files: undefined },
    },
  };
}

async function uninstall(options: NativeCommandOptions): Promise<CommandResult> {
  const { uninstallNative } = await import('../../backend/native-uninstall.ts');
  const result = await uninstallNative({ gpu: options.gpu, tensorflow: options.tensorflow });
  const { removed, bytes, root } = result;
  return {
    text:
      removed.length === 0
        ? `nothing to remove in ${root}`
        : `removed ${removed.join(', ')} (${megabytes(bytes)})`,
    json: result,
  };
}

function checkCombination({ uninstall: remove, wheel, dryRun }: NativeCommandOptions): void {
  if (remove !== true || (wheel === undefined && dryRun !== true)) return;
  throw new UsageError({
    where: '--uninstall',
    found: wheel === undefined ? '--dry-run with it' : '--wheel with it',
    expected: '--gpu or --tensorflow beside it, or nothing',
  });
}

async function install(
  options: NativeCommandOptions,
  { signal, progress }: CommandContext,
): Promise<CommandResult> {
  const { gpu, tensorflow, wheel } = options;
  const wanted = { gpu, tensorflow, wheel, signal };
  if (options.dryRun === true) {
    const { planNative } = await import('../../backend/native-plan.ts');
    return describePlan(await planNative(wanted));
  }
  const { installNative } = await import('../../backend/native-install.ts');
  const startedAt = performance.now();
  const result = await installNative({ ...wanted, progress });
  return describeInstallation(result, (performance.now() - startedAt) / 1000);
}

/** `tatabox native`: native TensorFlow for the backend `tensorflow`. */
export function addNativeCommand(program: Command): void {
  program
    .command('native')
    .description('install native TensorFlow, the fastest backend, for all your projects')
    .option('--gpu', 'with CUDA (Linux on x86-64; about 3 GB of downloads)')
    .option('--tensorflow <version>', 'another version than the one that is tested')
    .option('--wheel <file>', "TensorFlow's wheel as a file: no download")
    .option('--uninstall', 'remove what this command has installed')
    .option('--dry-run', 'say what would be done, and what is in the way')
    .addHelpText(
      'after',
      `
Takes TensorFlow's libraries out of its Python wheel with pip and compiles the binding of
@tensorflow/tfjs-node against them; needs python3 with pip and a C++ compiler. Installs into your
cache folder; changes no project.

Examples:
  $ tatabox native
  $ tatabox native --gpu
  $ tatabox native --wheel tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl
  $ tatabox native --uninstall`,
    )
    .action(async (options: NativeCommandOptions) => {
      await runCommand(options, async (context) => {
        checkCombination(options);
        return options.uninstall === true ? uninstall(options) : install(options, context);
      });
    });
}
