import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { TataboxError } from '../core/errors.ts';
import { TableView } from '../core/table-view.ts';
import { diagnoseNative, type NvidiaGpu } from './native-diagnosis.ts';
import { BACKEND_NAMES, useBackend, type BackendName } from './use-backend.ts';
import { WEBGPU_INSTALL_COMMAND } from './webgpu-packages.ts';

/** State of one backend or tool on this machine. */
export interface DiagnosisRow {
  readonly what: string;
  readonly status: 'ok' | 'missing' | 'error';
  readonly detail: string;
  /** The command that would add what is missing. */
  readonly fix: string;
}

/** What `tatabox doctor` tells. */
export interface Diagnosis {
  readonly node: string;
  readonly cores: number;
  /** Memory of the machine in GiB. */
  readonly memory: number;
  /** Backend that is used without a choice. */
  readonly defaultBackend: BackendName;
  readonly rows: readonly DiagnosisRow[];
  /** GPUs of NVIDIA, where there is a driver; empty elsewhere. */
  readonly gpus: readonly NvidiaGpu[];
  readonly view: TableView;
}

const fixes: Readonly<Record<BackendName, string>> = {
  tensorflow: 'npx tatabox native',
  webgpu: WEBGPU_INSTALL_COMMAND,
  wasm: 'npm install tatabox',
  cpu: 'npm install tatabox',
};

async function diagnoseBackend(name: BackendName): Promise<DiagnosisRow> {
  try {
    const { packageName, version, device } = await useBackend(name);
    const detail = [`${packageName} ${version}`, ...(device === undefined ? [] : [device])];
    return { what: `backend ${name}`, status: 'ok', detail: detail.join(', '), fix: '' };
  } catch (error) {
    const message =
      error instanceof TataboxError
        ? error.details.found
        : error instanceof Error
          ? error.message
          : String(error);
    const missing = message.includes('not installed');
    return {
      what: `backend ${name}`,
      status: missing ? 'missing' : 'error',
      detail: missing ? 'not installed (optional)' : message,
      fix: (!missing && error instanceof TataboxError && error.details.fix) || fixes[name],
    };
  }
}

function diagnosePackage(name: string, use: string): DiagnosisRow {
  const fromHere = createRequire(`${process.cwd()}/package.json`);
  try {
    const { version } = fromHere(`${name}/package.json`) as { version: string };
    return { what: name, status: 'ok', detail: version, fix: '' };
  } catch {
    return {
      what: name,
      status: 'missing',
      detail: `not installed (needed for ${use})`,
      fix: `npm install ${name}`,
    };
  }
}

/** Looks at what this machine can compute with; starts each backend once. */
export async function diagnose(): Promise<Diagnosis> {
  const rows: DiagnosisRow[] = [];
  for (const name of BACKEND_NAMES) rows.push(await diagnoseBackend(name));
  const native = await diagnoseNative();
  rows.push(...native.rows);
  rows.push(diagnosePackage('tslab', 'notebooks'), diagnosePackage('zeromq', 'running notebooks'));
  const { name: defaultBackend } = await useBackend();
  const facts = [
    { what: 'Node', status: 'ok', detail: process.version, fix: '' },
    {
      what: 'machine',
      status: 'ok',
      detail: `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB of memory`,
      fix: '',
    },
  ];
  return {
    node: process.version,
    cores: availableParallelism(),
    memory: totalmem() / 2 ** 30,
    defaultBackend,
    rows,
    gpus: native.gpus,
    view: new TableView(
      `tatabox computes with ${defaultBackend} here`,
      ['what', 'status', 'detail', 'fix'],
      [...facts, ...rows.map((row) => ({ ...row }))],
    ),
  };
}
