import path from 'node:path';
import { UsageError } from '../core/errors.ts';
import { checkFileWritable, writeInPieces } from '../core/file-writer.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { writeNpz } from '../formats/npz.ts';
import { attentionMap } from '../interpretation/attention-letters.ts';
import { attentionMaps, type AttentionMaps } from '../interpretation/attention.ts';
import { topKmersByPosition } from '../interpretation/position-influence-kmers.ts';
import {
  positionInfluence,
  type PositionInfluence,
  type PositionInfluenceOptions,
} from '../interpretation/position-influence-profile.ts';
import {
  substituteKmers,
  type SubstituteKmersOptions,
} from '../interpretation/position-influence.ts';
import { projectorCell } from '../interpretation/projector.ts';
import {
  attributeTokens,
  type TokenAttribution,
  type TokenAttributionOptions,
} from '../interpretation/token-attributions.ts';
import { outputNumber } from '../interpretation/token-model.ts';
import {
  mutagenesisOfOutput,
  streamTokenMutagenesis,
  type TokenMutagenesis,
} from '../interpretation/token-mutagenesis.ts';
import { plotAttention } from '../plots/plot-attention.ts';
import type { Figure } from '../plots/figure.ts';
import { plotMutagenesisHeatmap } from '../plots/plot-mutagenesis-heatmap.ts';
import { plotPositionInfluence } from '../plots/plot-position-influence.ts';
import { plotTokenAttributions } from '../plots/plot-token-attributions.ts';
import type { Predictor } from '../prediction/predictor.ts';
import type { LabelledExamples } from './embed-run-examples.ts';

/** What every writer of this file takes. */
export interface TokenFileOptions extends LongWorkOptions {
  readonly examples: Pick<LabelledExamples, 'names' | 'sequences'>;
  /** `.tsv` or `.npz`; of the influence by position `.tsv`. */
  readonly out: string;
  /** Folder for one figure a sequence (SVG). Default: no figures. */
  readonly figures?: string | undefined;
}

/** What was written. */
export interface WrittenInterpretation {
  readonly rows: number;
  readonly files: readonly string[];
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

async function endingOf(out: string, endings: readonly string[]): Promise<string> {
  const ending = path.extname(out).toLowerCase();
  if (!endings.includes(ending)) {
    throw new UsageError({
      where: `--out ${out}`,
      found: ending === '' ? 'no ending' : `the ending ${ending}`,
      expected: endings.join(' or '),
    });
  }
  await checkFileWritable(out);
  return ending;
}

/** Saves the figure of one sequence under its number and name. */
async function saveFigure(
  folder: string,
  index: number,
  name: string,
  figure: Figure,
): Promise<string> {
  const safe = name.replace(/[^\w.-]+/g, '_').slice(0, 80);
  return figure.save(path.join(folder, `${String(index + 1).padStart(4, '0')}-${safe}.svg`));
}

/** Lines of a table and arrays, filled sequence by sequence. */
interface SequenceTable<Result> {
  readonly heading: readonly string[];
  lines(name: string, result: Result): string[];
  /** The arrays of an `.npz` from all results. */
  arrays(names: readonly string[], results: readonly Result[]): Parameters<typeof writeNpz>[1];
  /** Undefined where there is nothing to draw. */
  figure(name: string, result: Result): Figure | undefined;
  warnings(result: Result): readonly string[];
}

async function writeSequences<Result>(
  results: AsyncIterable<Result>,
  table: SequenceTable<Result>,
  { examples, out, figures }: TokenFileOptions,
): Promise<WrittenInterpretation> {
  const ending = await endingOf(out, ['.tsv', '.npz']);
  const warnings = new Set<string>();
  const files: string[] = [];
  let rows = 0;
  const note = async (result: Result): Promise<string> => {
    const name = examples.names[rows] ?? '';
    for (const warning of table.warnings(result)) warnings.add(`${name}: ${warning}`);
    const figure = figures === undefined ? undefined : table.figure(name, result);
    if (figures !== undefined && figure !== undefined) {
      files.push(await saveFigure(figures, rows, name, figure));
    }
    rows++;
    return projectorCell(name);
  };
  if (ending === '.tsv') {
    await writeInPieces(out, async (writer) => {
      await writer.write(`${table.heading.join('\t')}\n`);
      for await (const result of results) {
        const lines = table.lines(await note(result), result);
        if (lines.length > 0) await writer.write(`${lines.join('\n')}\n`);
      }
    });
  } else {
    const all: Result[] = [];
    for await (const result of results) {
      await note(result);
      all.push(result);
    }
    await writeNpz(out, table.arrays(examples.names, all));
  }
  return { rows, files: [out, ...files], warnings: [...warnings] };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function numbers(values: readonly number[]): { shape: number[]; data: Float32Array } {
  return { shape: [values.length], data: Float32Array.from(values) };
}

/**
 * Writes contributions of letters. TSV: a line a letter. NPZ: `ids`, `lengths`, `contributions` of all
 * sequences end to end, `scores`, `baseline_scores`, `deltas`.
 */
export async function writeTokenAttributions(
  model: Predictor,
  options: TokenFileOptions & TokenAttributionOptions,
): Promise<WrittenInterpretation> {
  const { examples, out, figures, ...attribution } = options;
  const results = attributeTokens(model, examples.sequences, attribution);
  const table: SequenceTable<TokenAttribution> = {
    heading: ['id', 'position', 'base', 'contribution'],
    lines: (name, { sequence, contributions }) =>
      Array.from(contributions, (value, i) => [name, i, sequence[i], value].join('\t')),
    arrays: (ids, all) => ({
      ids: { shape: [ids.length], data: [...ids] },
      lengths: numbers(all.map(({ sequence }) => sequence.length)),
      contributions: flat(joined(all.map(({ contributions }) => contributions))),
      scores: numbers(all.map(({ score }) => score)),
      baseline_scores: numbers(all.map(({ baselineScore }) => baselineScore)),
      deltas: numbers(all.map(({ delta }) => delta)),
    }),
    figure: (name, result) =>
      result.sequence === ''
        ? undefined
        : plotTokenAttributions(result, {
            title: `${name}, ${result.output}`,
            valueTitle: `Contribution to ${result.output}`,
          }),
    warnings: ({ warnings }) => warnings,
  };
  return writeSequences(results, table, { examples, out, figures });
}

function flat(data: Float32Array): { shape: number[]; data: Float32Array } {
  return { shape: [data.length], data };
}

/**
 * Writes effects of mutations. TSV: a line a letter and output, its effects in the columns A, C, G and
 * T. NPZ: `ids`, `starts` and `ends` of the windows, `outputs`, `reference_scores` `[n, outputs]`, and
 * `effects` of all sequences end to end, each `[outputs, end − start, 4]`.
 */
export async function writeTokenMutagenesis(
  model: Predictor,
  options: TokenFileOptions & {
    readonly start?: number;
    readonly end?: number;
    readonly batchSize?: number;
    /** Output of the figures. Default: the first. */
    readonly output?: string;
  },
): Promise<WrittenInterpretation> {
  const { examples, out, figures, output, ...mutagenesis } = options;
  outputNumber(model, output, 'token mutagenesis');
  const results = streamTokenMutagenesis(model, examples.sequences, mutagenesis);
  const table: SequenceTable<TokenMutagenesis> = {
    heading: ['id', 'position', 'base', 'output', 'A', 'C', 'G', 'T'],
    lines: (name, { sequence, start, end, outputs, effects }) =>
      outputs.flatMap((each, number) =>
        Array.from({ length: end - start }, (_, i) => {
          const at = (number * (end - start) + i) * 4;
          const own = effects.subarray(at, at + 4);
          return [name, start + i, sequence[start + i], each, ...own].join('\t');
        }),
      ),
    arrays: (ids, all) => ({
      ids: { shape: [ids.length], data: [...ids] },
      starts: numbers(all.map(({ start }) => start)),
      ends: numbers(all.map(({ end }) => end)),
      outputs: { shape: [model.outputs.length], data: model.outputs },
      reference_scores: {
        shape: [all.length, model.outputs.length],
        data: joined(all.map(({ referenceScores }) => referenceScores)),
      },
      effects: flat(joined(all.map(({ effects }) => effects))),
    }),
    figure(name, result) {
      const { sequence, start, end } = result;
      if (end === start) return undefined;
      const own = output ?? result.outputs[0] ?? '';
      return plotMutagenesisHeatmap(
        {
          effects: mutagenesisOfOutput(result, own).effects,
          reference: sequence.slice(start, end),
        },
        {
          title: `${name}, ${own}`,
          start: start - sequence.length,
          positionTitle: 'Position from the end of the sequence',
          valueTitle: `Effect on ${own}`,
        },
      );
    },
    warnings: ({ warnings }) => warnings,
  };
  return writeSequences(results, table, { examples, out, figures });
}

/**
 * Writes attention. TSV: a line a token with its letters and, for each layer, how much it is attended to
 * (mean over heads and attending tokens). NPZ: `ids` and, of the n-th sequence, `probabilities_n`
 * `[layers, heads, tokens, tokens]`, `tokens_n` and `offsets_n` `[tokens, 2]`.
 */
export async function writeAttention(
  model: Predictor,
  options: TokenFileOptions & { readonly member?: number },
): Promise<WrittenInterpretation> {
  const { examples, out, figures, ...attention } = options;
  async function* results(): AsyncGenerator<AttentionMaps> {
    for (const sequence of examples.sequences) {
      yield await attentionMaps(model, sequence, attention);
    }
  }
  const layers = model.models[attention.member ?? 0]?.layers.filter(
    (layer) => layer.getClassName() === 'MultiHeadSelfAttention',
  );
  const table: SequenceTable<AttentionMaps> = {
    heading: [
      ...['id', 'token', 'text', 'start', 'end'],
      ...(layers ?? []).map((_, layer) => `layer_${String(layer)}`),
    ],
    lines(name, maps) {
      const count = maps.tokens.length;
      const received = Array.from({ length: maps.layers }, (_, layer) => {
        const map = attentionMap(maps, { layer });
        const sums = new Float64Array(count);
        map.forEach((value, i) => (sums[i % count] = (sums[i % count] ?? 0) + value / count));
        return sums;
      });
      return maps.tokens.map((token, i) =>
        [
          ...[name, i, token, maps.offsets[2 * i], maps.offsets[2 * i + 1]],
          ...received.map((own) => Math.fround(own[i] ?? 0)),
        ].join('\t'),
      );
    },
    arrays: (ids, all) => ({
      ids: { shape: [ids.length], data: [...ids] },
      ...Object.fromEntries(
        all.flatMap(({ tokens, offsets, layers: depth, heads, probabilities }, i) => [
          [
            `probabilities_${String(i)}`,
            { shape: [depth, heads, tokens.length, tokens.length], data: probabilities },
          ],
          [`tokens_${String(i)}`, { shape: [tokens.length], data: [...tokens] }],
          [`offsets_${String(i)}`, { shape: [tokens.length, 2], data: offsets }],
        ]),
      ),
    }),
    figure: (name, maps) => plotAttention(maps, { title: name }),
    warnings: ({ warnings }) => warnings,
  };
  return writeSequences(results(), table, { examples, out, figures });
}

/** Options of `writePositionInfluence`. */
export interface WritePositionInfluenceOptions
  extends Omit<TokenFileOptions, 'figures'>, SubstituteKmersOptions, PositionInfluenceOptions {
  /** Length of the k-mers of the table. Default 3, or the first of `ks`. */
  readonly kmer?: number;
}

/**
 * Writes the influence by position: `NAME.tsv` with a line a bin and output, `NAME.shares.tsv` with the
 * share near the transcription start site, `NAME.kmers.tsv` with the k-mers that change most by distance,
 * and `NAME.svg`.
 */
export async function writePositionInfluence(
  model: Predictor,
  options: WritePositionInfluenceOptions,
): Promise<WrittenInterpretation & { readonly influence: PositionInfluence }> {
  const { examples, out, kmer, ks, repeats, seed, downstream, upstream, batchSize, ...rest } =
    options;
  await endingOf(out, ['.tsv']);
  const { signal, progress } = rest;
  const given = <T extends object>(values: T): T =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
  const substitutions = await substituteKmers(
    model,
    examples.sequences,
    given({
      ...{ ks, repeats, seed, downstream, upstream, batchSize, signal, progress },
    }) as SubstituteKmersOptions,
  );
  const influence = await positionInfluence(
    substitutions,
    given({ ...rest, seed }) as PositionInfluenceOptions,
  );
  const base = out.slice(0, -path.extname(out).length);
  const files = [out, `${base}.shares.tsv`, `${base}.kmers.tsv`, `${base}.svg`] as const;
  const bins = influence.profiles.flatMap(({ output, bins: own }) =>
    own.map((bin) => ({ output, ...bin })),
  );
  const shares = influence.profiles.map(({ bins: own, ...share }) => {
    void own;
    return { within: influence.within, ...share };
  });
  const tableKs = ks ?? [1, 2, 3, 4, 5, 6];
  const k = kmer ?? (tableKs.includes(3) ? 3 : tableKs[0]);
  const kmers = ['all', ...model.outputs].flatMap((output) =>
    topKmersByPosition(substitutions, given({ k, output })).map((row) => ({ output, ...row })),
  );
  await writeFileAtomically(files[0], tableText(bins, []));
  await writeFileAtomically(files[1], tableText(shares, []));
  await writeFileAtomically(
    files[2],
    tableText(kmers, ['output', 'start', 'end', 'kmer', 'change', 'count']),
  );
  await (await plotPositionInfluence(influence)).save(files[3]);
  return { rows: influence.sequences, files, warnings: substitutions.warnings, influence };
}

/** @param heading columns of a table without rows */
function tableText(rows: readonly object[], heading: readonly string[]): string {
  const columns = rows[0] === undefined ? heading : Object.keys(rows[0]);
  const lines = rows.map((row) =>
    columns.map((column) => String((row as Record<string, unknown>)[column])).join('\t'),
  );
  return `${[columns.join('\t'), ...lines].join('\n')}\n`;
}
