/** What `tatabox native --dry-run --json` says. */
export interface NativePlan {
  readonly tensorflow: string;
  readonly folder: string;
  readonly installed: boolean;
  /** Bytes. */
  readonly spaceNeeded: number;
  readonly spaceFree: number;
  readonly compiler: string | undefined;
  readonly obstacles: readonly string[];
}

/** The plan in what the command printed; undefined where that is another thing. */
export function readNativePlan(stdout: string): NativePlan | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const plan = value as Readonly<Record<string, unknown>>;
  const { tensorflow, folder, installed, spaceNeeded, spaceFree, compiler, obstacles } = plan;
  if (typeof tensorflow !== 'string' || typeof folder !== 'string') return undefined;
  return {
    tensorflow,
    folder,
    installed: installed === true,
    spaceNeeded: Number(spaceNeeded),
    spaceFree: Number(spaceFree),
    compiler: typeof compiler === 'string' ? compiler : undefined,
    obstacles: Array.isArray(obstacles) ? obstacles.map(String) : [],
  };
}

const megabytes = (bytes: number): string =>
  `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;

/** What a user is told before anything is installed. */
export function nativeConsent({
  tensorflow,
  folder,
  spaceNeeded,
  spaceFree,
  compiler,
}: NativePlan): string {
  return [
    `Downloads the Python wheel of TensorFlow ${tensorflow} with pip, takes its libraries out of it and compiles a binding for Node.js against them (${compiler ?? 'C++ compiler'}). That takes some minutes.`,
    `It goes into ${folder} and needs ${megabytes(spaceNeeded)} of disk meanwhile (${megabytes(spaceFree)} are free). No project is changed; all your projects use it from then on.`,
    'To remove it: npx tatabox native --uninstall',
  ].join('\n\n');
}
