import path from 'node:path';
import { throwIfAborted } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { kmerComposition } from '../interpretation/embed-composition.ts';
import { exportEmbeddings, type ExportedEmbeddings } from '../interpretation/embed-export.ts';
import { labelSeparation, type LabelSeparation } from '../interpretation/embed-separation.ts';
import { embedSequences, type EmbedSequencesOptions } from '../interpretation/embed-sequences.ts';
import { principalComponents } from '../interpretation/principal-components.ts';
import { projectorCell } from '../interpretation/projector.ts';
import { umap } from '../interpretation/umap.ts';
import { plotEmbedding } from '../plots/plot-embedding.ts';
import type { Embeddings, Predictor } from '../prediction/predictor.ts';
import {
  readLabelledExamples,
  type LabelledExamples,
  type LabelledSource,
} from './embed-run-examples.ts';

/** Options of `embedToFile`. */
export interface EmbedToFileOptions extends EmbedSequencesOptions {
  readonly source: LabelledSource;
  /** `.tsv`, `.npz`, `.npy`, or a folder for TensorBoard's projector. */
  readonly out: string;
}

/** Embeds the sequences of a file and writes the vectors, see `exportEmbeddings`. */
export async function embedToFile(
  model: Predictor,
  { source, ...options }: EmbedToFileOptions,
): Promise<ExportedEmbeddings> {
  return exportEmbeddings(model, readLabelledExamples(source, model), options);
}

/** Options of `mapEmbeddings`. */
export interface MapEmbeddingsOptions extends EmbedSequencesOptions {
  /** Where the map and the figures go. */
  readonly folder: string;
  /** Length of the k-mers of the composition that the model is compared with. Default 1. */
  readonly k?: number;
  /** Seed of UMAP. Default 0. */
  readonly seed?: number;
  /** Neighbours of UMAP. Default 15. */
  readonly neighbours?: number;
}

/** How well labels can be told apart by the model and by composition. */
export interface SeparationRow extends LabelSeparation {
  /** Column of the labels. */
  readonly label: string;
  /** `model`, or `K-mer composition`. */
  readonly of: string;
}

/** What was made. */
export interface MappedEmbeddings {
  readonly files: readonly string[];
  /** Share of the variance of the first two principal components of the model's vectors. */
  readonly explainedVariance: readonly number[];
  /** Empty without labels. */
  readonly separation: readonly SeparationRow[];
}

/** Columns with more labels than this share of the rows are names, not groups. */
const MOST_LABELS = 0.5;

/**
 * Maps sequences into two dimensions by principal components and UMAP, from the vectors of the model and
 * from k-mer composition: `map.tsv`, a figure of each for each column of labels, and `separation.tsv`,
 * the accuracy of nearest neighbours and the silhouette of the labels.
 */
export async function mapEmbeddings(
  model: Predictor,
  { names, sequences, metadata }: LabelledExamples,
  options: MapEmbeddingsOptions,
): Promise<MappedEmbeddings> {
  const { folder, k = 1, seed = 0, neighbours = 15, ...embedding } = options;
  const { signal, progress } = options;
  const longWork: LongWorkOptions = longWorkOf({ signal, progress });
  await checkFolderWritable(folder);
  const sources: [string, Embeddings][] = [
    ['model', await embedSequences(model, sequences, embedding)],
    [`${String(k)}-mer composition`, kmerComposition(sequences, k)],
  ];
  const labels = Object.entries(metadata).filter(([, values]) => {
    const different = new Set(values.filter((value) => value !== '')).size;
    return different >= 2 && different <= Math.max(2, MOST_LABELS * values.length);
  });
  const files: string[] = [];
  const separation: SeparationRow[] = [];
  const columns: [string, Embeddings][] = [];
  let explainedVariance: number[] = [];
  for (const [of, vectors] of sources) {
    throwIfAborted(signal, 'maps of embeddings');
    const components = await principalComponents(vectors);
    if (of === 'model') explainedVariance = [...components.explainedVariance];
    const map = await umap(vectors, { seed, neighbours, ...longWork });
    const short = of === 'model' ? 'model' : 'composition';
    columns.push([`${short}_pc`, components.projected], [`${short}_umap`, map]);
    for (const [label, values] of labels.length > 0 ? labels : [['', undefined] as const]) {
      const own =
        values === undefined ? undefined : await labelSeparation(vectors, values, longWork);
      if (own !== undefined) separation.push({ label, of, ...own });
      const caption =
        own === undefined
          ? of
          : `${of}: nearest neighbours right in ${percent(own.neighbourAccuracy)} (most frequent label ${percent(own.chance)}), silhouette ${own.silhouette.toFixed(3)}`;
      const points = { names, ...(values === undefined ? {} : { color: values }) };
      const shared = { caption, ...(label === '' ? {} : { colorTitle: label }) };
      const suffix = label === '' ? '' : `-${label.replace(/[^\w.-]+/g, '_')}`;
      const figures = [
        [
          'pca',
          await plotEmbedding(
            { ...components.projected, ...points },
            {
              ...shared,
              explainedVariance: components.explainedVariance,
            },
          ),
        ],
        ['umap', await plotEmbedding({ ...map, ...points }, shared)],
      ] as const;
      for (const [kind, figure] of figures) {
        files.push(await figure.save(path.join(folder, `${short}-${kind}${suffix}.svg`)));
      }
    }
  }
  const heading = [
    'id',
    ...Object.keys(metadata),
    ...columns.flatMap(([name]) => [`${name}1`, `${name}2`]),
  ];
  const rows = names.map((name, row) =>
    [
      ...[name, ...Object.values(metadata).map((values) => values[row] ?? '')].map(projectorCell),
      ...columns.flatMap(([, { values, size }]) => [values[row * size], values[row * size + 1]]),
    ].join('\t'),
  );
  files.unshift(path.join(folder, 'map.tsv'));
  await writeFileAtomically(
    path.join(folder, 'map.tsv'),
    `${[heading.map(projectorCell).join('\t'), ...rows].join('\n')}\n`,
  );
  if (separation.length > 0) {
    const file = path.join(folder, 'separation.tsv');
    await writeFileAtomically(file, separationTable(separation));
    files.push(file);
  }
  return { files, explainedVariance, separation };
}

function separationTable(rows: readonly SeparationRow[]): string {
  const columns = [
    ...(['label', 'of', 'rows', 'labels', 'neighbourAccuracy', 'balancedAccuracy'] as const),
    ...(['chance', 'silhouette'] as const),
  ];
  const lines = rows.map((row) => columns.map((column) => row[column]).join('\t'));
  return `${[columns.join('\t'), ...lines].join('\n')}\n`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Lines for a person. */
export function describeSeparation(rows: readonly SeparationRow[]): string[] {
  return rows.map(
    ({ label, of, neighbourAccuracy, chance, silhouette }) =>
      `${label} by ${of}: nearest neighbours right in ${percent(neighbourAccuracy)} (most frequent label ${percent(chance)}), silhouette ${silhouette.toFixed(3)}`,
  );
}
