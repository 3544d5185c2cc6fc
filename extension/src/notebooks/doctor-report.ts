/** One line of what `tatabox doctor --json` says. */
export interface DoctorRow {
  readonly what: string;
  readonly status: 'ok' | 'missing' | 'error';
  readonly detail: string;
  /** The command that adds what is missing; empty for none. */
  readonly fix: string;
}

/** What `tatabox doctor --json` says. */
export interface DoctorResult {
  readonly node: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  readonly defaultBackend: string;
  readonly rows: readonly DoctorRow[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : NaN);

/** The result in what the command printed: its last line; undefined where that is another thing. */
export function readDoctorResult(stdout: string): DoctorResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !Array.isArray(value['rows'])) return undefined;
  const rows = value['rows'].filter(isRecord).map((row): DoctorRow => {
    const { status } = row;
    return {
      what: text(row['what']),
      status: status === 'ok' || status === 'missing' ? status : 'error',
      detail: text(row['detail']),
      fix: text(row['fix']),
    };
  });
  return {
    node: text(value['node']),
    cores: number(value['cores']),
    memory: number(value['memory']),
    defaultBackend: text(value['defaultBackend']),
    rows,
  };
}

/** The result in one line. */
export function doctorSummary({ defaultBackend, node, cores, memory }: DoctorResult): string {
  return `tatabox computes with ${defaultBackend} here (Node ${node}, ${String(cores)} cores, ${memory.toFixed(1)} GiB)`;
}

/** Letters that would be read as Markdown or HTML are taken as they are. */
function escaped(cell: string): string {
  return cell.replaceAll(/[\\`*_{}[\]()#+!|<>&-]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
}

const SIGNS = { ok: '✓', missing: '–', error: '✗' } as const;

/** The result as a Markdown document, to be read and to be sent with a question. */
export function doctorReport(result: DoctorResult): string {
  const lines = result.rows.map(({ what, status, detail, fix }) => {
    const command =
      fix === '' ? '' : `\`${fix.replaceAll('`', "'").replaceAll('|', String.raw`\|`)}\``;
    return `| ${SIGNS[status]} | ${escaped(what)} | ${escaped(detail)} | ${command} |`;
  });
  return [
    '# tatabox: doctor',
    '',
    escaped(doctorSummary(result)),
    '',
    '| | what | found | adds it |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    '✓ works · – not installed (optional) · ✗ installed, but does not work',
    '',
  ].join('\n');
}
