import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { MOST_ROWS, type FileFact, type Inspection } from './inspect-report.ts';
import { Tally, WholeNumberSummary } from './inspect-statistics.ts';
import { bytesText, countOf, shortened, someOf } from './inspect-views.ts';
import { unsupportedKind } from './inspect-unsupported.ts';
import { readMotifs } from './motifs.ts';
import { streamBytes } from './read-bytes.ts';
import { streamLines } from './stream-lines.ts';
import { openZip } from './zip.ts';

/** Bytes of a document that are held in memory. */
const LARGEST_DOCUMENT = 1 << 28;

/** The motifs of a MEME, JASPAR or HOCOMOCO file. */
export async function inspectMotifs(inspection: Inspection): Promise<void> {
  const motifs = await readMotifs(inspection.source);
  const widths = new WholeNumberSummary();
  for (const { length } of motifs) widths.add(length);
  inspection.records = motifs.length;
  inspection.fact('motifs', motifs.length);
  inspection.fact('widths', widths.text());
  const withCounts = motifs.filter(({ counts }) => counts !== undefined).length;
  inspection.fact('with counts', withCounts);
  inspection.lists.motifs = motifs.slice(0, MOST_ROWS).map(({ id, name, length, sites }) => ({
    id,
    name,
    width: length,
    ...(sites === undefined ? {} : { sites }),
  }));
}

/** All of a document as text. */
async function readText(inspection: Inspection): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of streamBytes(inspection.source)) {
    length += piece.length;
    if (length > LARGEST_DOCUMENT) {
      throw new InputError({
        where: inspection.name,
        found: `more than ${bytesText(LARGEST_DOCUMENT)}`,
        expected: 'a document',
      });
    }
    pieces.push(piece);
    await inspection.step(length, 'bytes');
  }
  return Buffer.concat(pieces).toString();
}

interface NotebookCell {
  readonly cell_type?: unknown;
  readonly outputs?: unknown;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The cells of a notebook, and errors in their outputs. */
export async function inspectNotebook(inspection: Inspection): Promise<void> {
  const { name } = inspection;
  const advice = { expected: 'a notebook (.ipynb)' };
  const notebook = asRecord(parseJson(await readText(inspection), name, advice));
  if (!Array.isArray(notebook.cells)) {
    inspection.problem({ where: name, found: 'no list of cells', ...advice });
    return;
  }
  const cells = asList(notebook.cells) as readonly NotebookCell[];
  const metadata = asRecord(notebook.metadata);
  const kernel = asRecord(metadata.kernelspec);
  const kinds = new Tally();
  let outputs = 0;
  for (const [i, cell] of cells.entries()) {
    kinds.add(textOf(asRecord(cell).cell_type) ?? 'unknown');
    for (const output of asList(asRecord(cell).outputs)) {
      outputs++;
      const { output_type: type, ename, evalue } = asRecord(output);
      if (type !== 'error') continue;
      inspection.problem({
        where: `${name}, cell ${String(i + 1)}`,
        found: `the error ${shortened(`${textOf(ename) ?? ''}: ${textOf(evalue) ?? ''}`, 80)} in its output`,
      });
    }
  }
  inspection.records = cells.length;
  inspection.fact('cells', cells.length);
  for (const [kind, count] of kinds.counts) inspection.fact(`${shortened(kind, 20)} cells`, count);
  inspection.fact('outputs', outputs);
  inspection.fact('kernel', textOf(kernel.display_name) ?? textOf(kernel.name) ?? 'not said');
  inspection.fact(
    'language',
    textOf(asRecord(metadata.language_info).name) ?? textOf(kernel.language),
  );
  const { nbformat: major, nbformat_minor: minor } = notebook;
  const version = [major, minor].filter((each) => typeof each === 'number').join('.');
  inspection.fact('format', version === '' ? undefined : `nbformat ${version}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? shortened(value) : undefined;
}

/** What a JSON document is made of. */
export async function inspectJson(inspection: Inspection): Promise<void> {
  const value = parseJson(await readText(inspection), inspection.name, { expected: 'JSON' });
  if (Array.isArray(value)) inspection.fact('content', countOf(value.length, 'list item'));
  else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    inspection.fact('content', `an object with ${countOf(keys.length, 'key')}`);
    inspection.fact('keys', keys.length === 0 ? undefined : someOf(keys, 12));
  } else inspection.fact('content', value === null ? 'null' : typeof value);
}

/** Checks the text of a run config; gives what is worth saying of it, throws for what is wrong. */
export type ReadRunConfigText = (text: string, name: string) => readonly FileFact[];

/** A run config: valid, or what is wrong. */
export async function inspectRunConfig(
  inspection: Inspection,
  readRunConfig: ReadRunConfigText | undefined,
): Promise<void> {
  const text = await readText(inspection);
  const keys = [...text.matchAll(/^([A-Za-z_]\w*):/gm)].map(([, key = '']) => key);
  if (readRunConfig === undefined) {
    inspection.fact('keys', someOf(keys, 12));
    inspection.fact('checked', 'no: tatabox inspect and tatabox check do it');
    return;
  }
  for (const [label, value] of readRunConfig(text, inspection.name)) inspection.fact(label, value);
  inspection.fact('schema', 'valid');
}

/** Lines of a text, and what of ours it is not. */
export async function inspectText(inspection: Inspection): Promise<void> {
  const lengths = new WholeNumberSummary();
  let first: string | undefined;
  let start = '';
  await inspection.attempt(async () => {
    for await (const { lines } of streamLines(inspection.source)) {
      for (const line of lines) {
        lengths.add(line.length);
        if (lengths.count <= 20) start += `${line.slice(0, 200)}\n`;
        if (line.trim() !== '') first ??= line;
      }
      await inspection.step(lengths.count, 'lines');
    }
  });
  inspection.records = lengths.count;
  inspection.fact('lines', lengths.count);
  inspection.fact('line lengths', lengths.text(' letters'));
  inspection.fact('first line', first === undefined ? undefined : shortened(first, 60));
  const known = unsupportedKind(Buffer.from(start));
  if (known !== undefined) {
    inspection.problem({ where: inspection.name, ...known });
    return;
  }
  inspection.fact(
    'it is not',
    "FASTA (a first '>'), FASTQ ('@'), BED, GFF, VCF ('##fileformat'), motifs, a table (a heading and columns), a run config ('mode:')",
  );
}

/** The files of a zip archive. */
export async function inspectZip(inspection: Inspection): Promise<void> {
  const zip = await openZip(inspection.source);
  try {
    const { entries } = zip;
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    inspection.records = entries.length;
    inspection.fact('files', entries.length);
    inspection.fact('unpacked', bytesText(size));
    inspection.counts(
      'files by size in bytes',
      entries.slice(0, MOST_ROWS).map((entry) => [shortened(entry.name), entry.size] as const),
    );
    const names = new Set(entries.map(({ name }) => name));
    if (names.has('xl/workbook.xml')) {
      inspection.problem({
        where: inspection.name,
        found: 'an Excel workbook',
        fix: 'Save each sheet as TSV or CSV.',
      });
    } else
      inspection.fact(
        'it is not',
        'npz (.npy files), Keras (model.weights.h5), PyTorch (data.pkl)',
      );
  } finally {
    await zip.close();
  }
}

/** Bytes of no format that can be read. */
export async function inspectBinary(inspection: Inspection): Promise<void> {
  let start = Buffer.alloc(0);
  for await (const piece of streamBytes(inspection.source)) {
    start = Buffer.concat([start, piece.subarray(0, 4096)]);
    if (start.length >= 512) break;
  }
  const { name } = inspection;
  if (start.length === 0) {
    inspection.problem({ where: name, found: 'an empty file' });
    return;
  }
  const bytes = [...start.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0'));
  inspection.fact('first bytes', bytes.join(' '));
  const known = unsupportedKind(start);
  if (known !== undefined) {
    const { found, fix } = known;
    inspection.problem({ where: name, found, ...(fix === undefined ? {} : { fix }) });
  } else {
    inspection.problem({
      where: name,
      found: 'binary data of no format that can be read',
      expected:
        'BAM, bigWig, bigBed, 2bit, NPY, NPZ, safetensors, HDF5, Keras, PyTorch, TFRecord, Arrow, Parquet, or text, plain or gzip',
    });
  }
}
