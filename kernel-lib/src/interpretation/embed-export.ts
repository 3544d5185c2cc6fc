import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import {
  checkFileWritable,
  checkFolderWritable,
  FileWriter,
  writeInPieces,
} from '../core/file-writer.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { encodeNpy } from '../formats/npy.ts';
import { writeNpz } from '../formats/npz.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { outputEmbeddings } from './embed-outputs.ts';
import {
  checkEmbedOptions,
  embedSequences,
  type EmbedSequencesOptions,
} from './embed-sequences.ts';
import {
  projectorCell,
  projectorConfig,
  projectorFiles,
  projectorHeading,
  type EmbeddingMetadata,
} from './projector.ts';

/** Some of the sequences, with their names and labels. */
export interface SequenceChunk {
  readonly names: readonly string[];
  readonly sequences: readonly SequenceLike[];
  /** Columns of labels, the same in every chunk. */
  readonly metadata?: EmbeddingMetadata;
}

/** Options of `exportEmbeddings`. */
export interface ExportEmbeddingsOptions extends EmbedSequencesOptions {
  /**
   * Where to: `.tsv` (id, labels, one column a dimension), `.npz` (`ids`, `embeddings` and one array
   * of text a column of labels), `.npy` (`[sequences, size]` alone), or a folder for TensorBoard's
   * projector, where the vectors of the outputs lie beside those of the sequences.
   */
  readonly out: string;
}

/** What was written. */
export interface ExportedEmbeddings {
  readonly rows: number;
  /** Length of a vector. */
  readonly size: number;
  readonly files: readonly string[];
}

const where = 'export of embeddings';

/** Sequences that are embedded at a time: bounds the memory. */
const CHUNK = 256;

/**
 * Embeds sequences and writes the vectors. TSV and projector files are written as the sequences come,
 * so that their number is not bounded by memory; `.npy` and `.npz` hold all vectors until they are
 * written. Files are complete or absent.
 *
 * @param sequences all at once, or chunks of them as they are read
 * @throws UsageError for a model that reads bases, an ending that is not known or a bad option;
 *   InputError for no sequences or labels that do not fit; InterruptedError when aborted
 * @example
 * await exportEmbeddings(model, { names, sequences, metadata: { line } }, { out: 'promoters.npz' });
 */
export async function exportEmbeddings(
  predictor: Predictor,
  sequences: SequenceChunk | AsyncIterable<SequenceChunk>,
  options: ExportEmbeddingsOptions,
): Promise<ExportedEmbeddings> {
  const { out, ...embedding } = options;
  const names = ['out', 'pooling', 'layer', 'member', 'batchSize', 'signal', 'progress'];
  checkOptionNames(options, names, where);
  checkEmbedOptions(predictor, embedding);
  const ending = path.extname(out).toLowerCase();
  const write = writers[ending];
  if (write === undefined) {
    throw new UsageError({
      where: `${where}, ${out}`,
      found: `the ending ${ending}`,
      expected: '.tsv, .npz, .npy, or a folder for the projector',
    });
  }
  await (ending === '' ? checkFolderWritable(out) : checkFileWritable(out));
  return write(predictor, embeddedChunks(predictor, sequences, embedding), out, embedding);
}

/** Some vectors with their names and labels. */
interface EmbeddedChunk {
  readonly names: readonly string[];
  readonly metadata: EmbeddingMetadata;
  readonly columns: readonly string[];
  readonly size: number;
  readonly values: Float32Array;
}

type Writer = (
  predictor: Predictor,
  chunks: AsyncIterable<EmbeddedChunk>,
  out: string,
  options: EmbedSequencesOptions,
) => Promise<ExportedEmbeddings>;

const writers: Readonly<Record<string, Writer>> = {
  '.tsv': writeTsv,
  '.npz': writeArrays,
  '.npy': writeArrays,
  '': writeProjectorFolder,
};

async function* embeddedChunks(
  predictor: Predictor,
  sequences: SequenceChunk | AsyncIterable<SequenceChunk>,
  options: EmbedSequencesOptions,
): AsyncGenerator<EmbeddedChunk> {
  let columns: readonly string[] | undefined;
  let done = 0;
  const { progress, ...quiet } = options;
  for await (const chunk of Symbol.asyncIterator in sequences ? sequences : [sequences]) {
    const { names, metadata = {} } = chunk;
    columns ??= Object.keys(metadata);
    checkChunk(chunk, columns);
    for (let start = 0; start < names.length; start += CHUNK) {
      const end = start + CHUNK;
      const { size, values } = await embedSequences(
        predictor,
        chunk.sequences.slice(start, end),
        quiet,
      );
      yield {
        names: names.slice(start, end),
        metadata: Object.fromEntries(
          columns.map((column) => [column, metadata[column]?.slice(start, end) ?? []]),
        ),
        columns,
        size,
        values,
      };
      done += Math.min(end, names.length) - start;
      progress?.({ task: where, done, unit: 'sequences' });
    }
  }
  if (done === 0) {
    throw new InputError({ where, found: 'no sequences', expected: 'at least one' });
  }
}

function checkChunk(
  { names, sequences, metadata = {} }: SequenceChunk,
  columns: readonly string[],
): void {
  const own = Object.keys(metadata);
  const wrong = Object.entries(metadata).find(([, values]) => values.length !== names.length);
  if (sequences.length !== names.length || wrong !== undefined || own.join() !== columns.join()) {
    throw new InputError({
      where,
      found:
        wrong === undefined
          ? `${String(sequences.length)} sequences, ${String(names.length)} names, columns ${own.join(', ')}`
          : `${String(wrong[1].length)} values in column '${wrong[0]}'`,
      expected: 'one name and one value of the same columns for each sequence',
    });
  }
}

/** Cells of the labels of one row, made fit for a line of a table. */
function cells({ names, columns, metadata }: EmbeddedChunk, row: number): string[] {
  return [names[row] ?? '', ...columns.map((column) => metadata[column]?.[row] ?? '')].map(
    projectorCell,
  );
}

async function writeTsv(
  _predictor: Predictor,
  chunks: AsyncIterable<EmbeddedChunk>,
  out: string,
): Promise<ExportedEmbeddings> {
  return writeInPieces(out, async (writer) => {
    let [rows, width] = [0, 0];
    for await (const chunk of chunks) {
      const { names, columns, size, values } = chunk;
      if (rows === 0) {
        const dimensions = Array.from({ length: size }, (_, i) => `d${String(i)}`);
        await writer.write(`${['id', ...columns.map(projectorCell), ...dimensions].join('\t')}\n`);
      }
      const lines = names.map((_, row) =>
        [...cells(chunk, row), ...values.subarray(row * size, (row + 1) * size)].join('\t'),
      );
      await writer.write(`${lines.join('\n')}\n`);
      rows += names.length;
      width = size;
    }
    return { rows, size: width, files: [out] };
  });
}

async function writeArrays(
  _predictor: Predictor,
  chunks: AsyncIterable<EmbeddedChunk>,
  out: string,
): Promise<ExportedEmbeddings> {
  const parts: EmbeddedChunk[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const rows = parts.reduce((sum, { names }) => sum + names.length, 0);
  const { size = 0, columns = [] } = parts[0] ?? {};
  const values = new Float32Array(rows * size);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  const embeddings = { shape: [rows, size], data: values };
  if (out.toLowerCase().endsWith('.npy')) {
    await writeInPieces(out, async (writer) => {
      for (const piece of encodeNpy(embeddings, out)) await writer.write(piece);
    });
  } else {
    const text = (own: (part: EmbeddedChunk) => readonly string[]) => ({
      shape: [rows],
      data: parts.flatMap(own),
    });
    await writeNpz(out, {
      ids: text(({ names }) => names),
      embeddings,
      ...Object.fromEntries(
        columns.map((column) => [
          arrayName(column),
          text(({ metadata }) => metadata[column] ?? []),
        ]),
      ),
    });
  }
  return { rows, size, files: [out] };
}

/** Columns must not take the place of the arrays that are always there. */
function arrayName(column: string): string {
  return column === 'ids' || column === 'embeddings' ? `${column}_column` : column;
}

/** Both tables of the sequences at once, line by line; the config last. */
async function writeProjectorFolder(
  predictor: Predictor,
  chunks: AsyncIterable<EmbeddedChunk>,
  out: string,
  { member = 0 }: EmbedSequencesOptions,
): Promise<ExportedEmbeddings> {
  const outputs = projectedOutputs(predictor, member);
  await mkdir(out, { recursive: true });
  const files = projectorFiles('sequences', true);
  const [tensors, metadata] = [path.join(out, files.tensors), path.join(out, files.metadata)];
  const result = await writeInPieces(tensors, async (vectors) => {
    const labels = await FileWriter.open(metadata);
    try {
      let [rows, width] = [0, 0];
      for await (const chunk of chunks) {
        const { names, columns, size, values } = chunk;
        if (rows === 0) await labels.write(projectorHeading(['id', ...columns]));
        const each = names.map((_, row) =>
          values.subarray(row * size, (row + 1) * size).join('\t'),
        );
        await vectors.write(`${each.join('\n')}\n`);
        const lines = names.map((_, row) => cells(chunk, row).join('\t'));
        await labels.write(`${lines.join('\n')}\n`);
        rows += names.length;
        width = size;
      }
      await labels.commit();
      return { rows, size: width };
    } catch (error) {
      await labels.discard();
      throw error;
    }
  });
  const written = [tensors, metadata];
  const names = ['sequences'];
  if (outputs !== undefined) {
    const own = projectorFiles('outputs', false);
    const [vectors, labels] = [path.join(out, own.tensors), path.join(out, own.metadata)];
    const { rows, size, values } = outputs;
    const lines = Array.from({ length: rows }, (_, row) =>
      values.subarray(row * size, (row + 1) * size).join('\t'),
    );
    await writeFileAtomically(vectors, `${lines.join('\n')}\n`);
    await writeFileAtomically(labels, `${outputs.outputs.map(projectorCell).join('\n')}\n`);
    written.push(vectors, labels);
    names.push('outputs');
  }
  const config = path.join(out, 'projector_config.pbtxt');
  await writeFileAtomically(config, projectorConfig(names));
  return { ...result, files: [...written, config] };
}

/** Only a model with a head of values has vectors of its outputs. */
function projectedOutputs(predictor: Predictor, member: number) {
  try {
    return outputEmbeddings(predictor, member);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
