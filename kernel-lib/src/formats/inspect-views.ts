import type { ErrorDetails } from '../core/errors.ts';
import { formatCell, TableView, type TableViewRow } from '../core/table-view.ts';
import type { FileReport } from './inspect-types.ts';

/** Letters of a text of a cell at most. */
const WIDEST = 48;

/** A number of bytes as people write it, in powers of 1,000. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return step === 0
    ? `${bytes.toLocaleString('en-US')} bytes`
    : `${(bytes / 1000 ** step).toFixed(1)} ${units[step] ?? ''}`;
}

/** A share as a percentage. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** `1,234 reads`, `1 read`. */
export function countOf(count: number, unit: string, units = `${unit}s`): string {
  return `${formatCell(count)} ${count === 1 ? unit : units}`;
}

/** The beginning of a long text. */
export function shortened(text: string, length = WIDEST): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const letters = Array.from(line.slice(0, 2 * length + 2));
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : line;
}

/** Some names of a list, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => shortened(name, 30));
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${formatCell(rest)} more` : shown.join(', ');
}

/** Where a problem is, without the name of the file that the title says. */
export function placeIn(file: string, where: string): string {
  if (where === file) return 'the file';
  return where.startsWith(`${file}, `) ? where.slice(file.length + 2) : where;
}

const FORMAT_NAMES: Readonly<Partial<Record<FileReport['format'], string>>> = {
  fasta: 'FASTA',
  fastq: 'FASTQ',
  bed: 'BED',
  bedpe: 'BEDPE',
  gff3: 'GFF3',
  gtf: 'GTF',
  vcf: 'VCF',
  bam: 'BAM',
  motifs: 'motifs',
  npy: 'NumPy array',
  npz: 'NumPy arrays (npz)',
  hdf5: 'HDF5',
  tfrecord: 'TFRecord',
  arrow: 'Arrow',
  parquet: 'Parquet',
  keras: 'Keras model',
  pytorch: 'PyTorch checkpoint',
  zip: 'zip archive',
  'run-config': 'run config',
  json: 'JSON',
  'model-folder': 'model folder',
  'run-folder': 'run folder',
  binary: 'unknown binary data',
  missing: 'not readable',
};

/** The format of a report as people call it. */
export function formatName(format: FileReport['format']): string {
  return FORMAT_NAMES[format] ?? format;
}

/** The first line of a report: name, format, compression and size. */
export function reportTitle(report: Omit<FileReport, 'views'>): string {
  const { name, format, compression, size } = report;
  const parts = [
    formatName(format),
    ...(compression === 'none' ? [] : [compression]),
    ...(size === undefined ? [] : [bytesText(size)]),
  ];
  return `${name}: ${parts.join(', ')}`;
}

/** A table of the first rows; columns that no row has are left out. */
function cut(
  title: string,
  names: readonly string[],
  rows: readonly object[],
  limit: number,
): TableView {
  const shown = rows.slice(0, limit) as readonly Readonly<Record<string, unknown>>[];
  const present = names.filter((name) =>
    shown.some((row) => row[name] !== undefined && row[name] !== ''),
  );
  const rest = rows.length - shown.length;
  // Rows are of different things: numbers of equal decimals would say nothing.
  const widths = new Map(
    ['least', 'largest'].map((name) => [
      name,
      shown.reduce((widest, row) => Math.max(widest, numberText(row[name]).length), 0),
    ]),
  );
  const cells = shown.map((row): TableViewRow =>
    Object.fromEntries(present.map((name) => [name, cellOf(name, row[name], widths.get(name))])),
  );
  const note = rest > 0 ? { note: `… and ${formatCell(rest)} more` } : {};
  const words = new Map([
    ['gc', 'GC'],
    ['unknown', 'N'],
    ['notFinite', 'NaN or infinite'],
  ]);
  const heading = (name: string) => words.get(name) ?? name;
  return new TableView(
    title,
    present.map(heading),
    cells.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [heading(key), value])),
    ),
    note,
  );
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? formatCell(value) : typeof value === 'string' ? value : '';
}

/** @param width to which a number is put to the right; undefined where its column does it */
function cellOf(name: string, value: unknown, width?: number): string | number | undefined {
  if (value === undefined || value === null) return undefined;
  if (width !== undefined) return numberText(value).padStart(width);
  if (name === 'gc') return `${(100 * (value as number)).toFixed(1)} %`;
  if (Array.isArray(value)) return value.length === 0 ? 'scalar' : value.join(' × ');
  return typeof value === 'number' ? value : shortened(String(value as string));
}

/** The lists of a report as tables. */
export function listViews(report: Omit<FileReport, 'views'>, limit: number): TableView[] {
  const { contigs = [], columns = [], tensors = [], motifs = [], counts = {} } = report;
  const views: TableView[] = [];
  const add = (title: string, names: readonly string[], rows: readonly object[]): void => {
    if (rows.length > 0) views.push(cut(title, names, rows, limit));
  };
  for (const [of, rows] of Object.entries(counts)) add(of, ['name', 'count'], rows);
  add(
    report.format === 'fasta' ? 'sequences' : 'contigs',
    ['name', 'length', 'gc', 'unknown', 'records', 'bases', 'start', 'end'],
    contigs,
  );
  add('columns', ['name', 'type', 'missing', 'least', 'largest', 'distinct'], columns);
  add('arrays', ['name', 'dtype', 'shape', 'least', 'largest', 'notFinite'], tensors);
  add('motifs', ['id', 'name', 'width', 'sites'], motifs);
  return views;
}

/** All tables of a report, for a notebook. */
export function inspectionViews(report: Omit<FileReport, 'views'>, limit: number): TableView[] {
  const facts = new TableView(
    reportTitle(report),
    ['property', 'value'],
    report.facts.map(([property, value]) => ({ property, value: factText(value) })),
  );
  const views = [facts, ...listViews(report, limit)];
  if (report.problems.length > 0) {
    const rows = report.problems.map((problem) => ({
      ...problem,
      where: placeIn(report.name, problem.where),
    }));
    const title = countOf(report.problemCount, 'problem');
    views.push(cut(title, ['where', 'found', 'expected', 'fix'], rows, limit));
  }
  return views;
}

function factText(value: string | number): string {
  return typeof value === 'number' ? formatCell(value) : value;
}

/** A sentence of what was found, expected and to be done. */
function problemText(file: string, { where, found, expected, fix }: ErrorDetails): string {
  const first = `${placeIn(file, where)}: ${found}${expected === undefined ? '' : `; expected ${expected}`}`;
  return fix === undefined ? first : `${first}${/[.?!]$/.test(first) ? '' : '.'} ${fix}`;
}

/** Breaks a text at spaces. @param indent of all lines but the first */
function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}

/** Names in a file must not steer the terminal that shows them. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, '\uFFFD');
}

/** Columns of a terminal that text is written for. */
const WIDTH = 96;

/**
 * A report as text for a terminal: title, facts, lists cut after some rows, problems.
 *
 * @param limit rows of each list; default 20
 */
export function formatFileReport(report: FileReport, limit = 20): string {
  const width = Math.max(0, ...report.facts.map(([label]) => label.length));
  const indent = ' '.repeat(width + 4);
  const facts = report.facts.map(
    ([label, value]) =>
      `  ${label.padEnd(width)}  ${wrap(factText(value), WIDTH - width - 4, indent)}`,
  );
  const lists = listViews(report, limit).map((view) => `\n${view.toText()}`);
  const shown = report.problems.slice(0, limit);
  const rest = report.problemCount - shown.length;
  const problems =
    report.problemCount === 0
      ? ['\n✓ no problems found']
      : [
          `\n${countOf(report.problemCount, 'problem')}`,
          ...shown.map(
            (problem) => `✗ ${wrap(problemText(report.name, problem), WIDTH - 2, '  ')}`,
          ),
          ...(rest > 0 ? [`… and ${formatCell(rest)} more`] : []),
        ];
  return withoutControls([reportTitle(report), ...facts, ...lists, ...problems].join('\n'));
}
