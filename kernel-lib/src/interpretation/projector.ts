import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../core/errors.ts';
import { checkFolderWritable, writeInPieces } from '../core/file-writer.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { Embeddings } from '../prediction/predictor.ts';
import { checkEmbeddings } from './embed-neighbours.ts';

/** Columns of labels, one value a row each. */
export type EmbeddingMetadata = Readonly<Record<string, readonly string[]>>;

/** Vectors with their labels, as TensorBoard's projector shows them. */
export interface ProjectorTensor {
  /** Its name in the projector, and what the names of its files begin with. */
  readonly name: string;
  readonly embeddings: Embeddings;
  /** At least one column. */
  readonly metadata: EmbeddingMetadata;
}

/** What the projector takes as the border of cells and rows must not be in a label. */
export function projectorCell(value: string): string {
  return value.replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' ');
}

/**
 * The lines of a metadata file. TensorBoard reads a heading only where there are several columns: with
 * one column a heading would be taken for the first label.
 */
export function projectorHeading(columns: readonly string[]): string {
  return columns.length > 1 ? `${columns.map(projectorCell).join('\t')}\n` : '';
}

/** Names of the files of one tensor; those of the first are the usual ones. */
export function projectorFiles(
  name: string,
  isFirst: boolean,
): { readonly tensors: string; readonly metadata: string } {
  return isFirst
    ? { tensors: 'tensors.tsv', metadata: 'metadata.tsv' }
    : { tensors: `${name}_tensors.tsv`, metadata: `${name}_metadata.tsv` };
}

/** Text of `projector_config.pbtxt` (message `ProjectorConfig` of TensorBoard, text format). */
export function projectorConfig(names: readonly string[]): string {
  return names
    .map((name, i) => {
      const { tensors, metadata } = projectorFiles(name, i === 0);
      return `embeddings {\n  tensor_name: ${JSON.stringify(name)}\n  tensor_path: "${tensors}"\n  metadata_path: "${metadata}"\n}\n`;
    })
    .join('');
}

/**
 * Writes a folder that TensorBoard's embedding projector opens (`tensorboard --logdir FOLDER`); its two
 * tables can also be loaded at projector.tensorflow.org. The first tensor is in `tensors.tsv` and
 * `metadata.tsv`, others in `NAME_tensors.tsv` and `NAME_metadata.tsv`.
 *
 * @returns the files written
 * @throws UsageError for names that cannot be files, no metadata or a column of another length
 */
export async function writeProjector(
  folder: string,
  tensors: readonly ProjectorTensor[],
): Promise<string[]> {
  for (const [i, tensor] of tensors.entries()) checkTensor(tensor, tensors.slice(0, i));
  if (tensors.length === 0) {
    throw new UsageError({ where: folder, found: 'no tensors', expected: 'at least one' });
  }
  await checkFolderWritable(folder);
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [i, { name, embeddings, metadata }] of tensors.entries()) {
    const files = projectorFiles(name, i === 0);
    const { rows, size, values } = embeddings;
    const vectors = path.join(folder, files.tensors);
    await writeInPieces(vectors, async (writer) => {
      for (let row = 0; row < rows; row++) {
        await writer.write(`${values.subarray(row * size, (row + 1) * size).join('\t')}\n`);
      }
    });
    const columns = Object.keys(metadata);
    const labels = path.join(folder, files.metadata);
    await writeInPieces(labels, async (writer) => {
      await writer.write(projectorHeading(columns));
      for (let row = 0; row < rows; row++) {
        const cells = columns.map((column) => projectorCell(metadata[column]?.[row] ?? ''));
        await writer.write(`${cells.join('\t')}\n`);
      }
    });
    written.push(vectors, labels);
  }
  const config = path.join(folder, 'projector_config.pbtxt');
  await writeFileAtomically(config, projectorConfig(tensors.map(({ name }) => name)));
  return [...written, config];
}

function checkTensor(
  { name, embeddings, metadata }: ProjectorTensor,
  before: readonly ProjectorTensor[],
): void {
  if (!/^[\w-]+$/.test(name) || before.some((each) => each.name === name)) {
    throw new UsageError({
      where: 'projector',
      found: `a tensor named '${name}'`,
      expected: 'letters, digits, _ and -, each name once',
    });
  }
  checkEmbeddings(embeddings, `projector, ${name}`);
  const columns = Object.entries(metadata);
  const wrong = columns.find(([, values]) => values.length !== embeddings.rows);
  if (columns.length > 0 && wrong === undefined) return;
  throw new UsageError({
    where: `projector, ${name}`,
    found:
      wrong === undefined
        ? 'no metadata'
        : `${String(wrong[1].length)} values in column '${wrong[0]}'`,
    expected: wrong === undefined ? 'at least one column' : `${String(embeddings.rows)}, one a row`,
  });
}
