import path from 'node:path';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { checkFileWritable, writeInPieces } from '../core/file-writer.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { writeHdf5 } from '../formats/hdf5.ts';
import { writeNpz } from '../formats/npz.ts';
import { attribute, type AttributionMethod } from '../interpretation/attribute.ts';
import type { Attribution } from '../interpretation/attribution.ts';
import { sequenceScorer } from '../interpretation/predictor-scorer.ts';
import type { MissingInputs } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import { readExamples, type ExampleSource } from './read-examples.ts';

/** Options of `interpretToFile`. */
export interface InterpretToFileOptions extends LongWorkOptions {
  readonly source: ExampleSource;
  readonly method: AttributionMethod;
  /** `.npz` and `.h5` hold arrays, `.tsv` one line a base. */
  readonly out: string;
  /** Output of the model that is explained. Default: the first. */
  readonly output?: string;
  readonly missingInputs?: MissingInputs;
}

/** Attributions of some of the sequences. */
interface AttributedChunk {
  readonly names: readonly string[];
  readonly tokens: readonly Uint8Array[];
  readonly attribution: Attribution;
}

/** What was written. */
export interface InterpretedFile {
  readonly rows: number;
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

/** Sequences that are explained at a time; bounds the memory of the TSV form. */
const CHUNK = 64;

async function* attributeChunks(
  model: Predictor,
  options: InterpretToFileOptions,
): AsyncGenerator<AttributedChunk> {
  const { source, method, output, missingInputs, signal, progress } = options;
  let before = 0;
  for await (const { names, sequences, features } of readExamples(source, model)) {
    for (let start = 0; start < names.length; start += CHUNK) {
      throwIfAborted(signal, 'interpretation');
      const end = start + CHUNK;
      const scorer = sequenceScorer(model, {
        sequences: sequences.slice(start, end),
        names: names.slice(start, end),
        ...(features === undefined
          ? {}
          : {
              features: Object.fromEntries(
                Object.entries(features).map(([name, column]) => [
                  name,
                  Array.from(column).slice(start, end),
                ]),
              ),
            }),
        ...(output === undefined ? {} : { output }),
        ...(missingInputs === undefined ? {} : { missingInputs }),
      });
      try {
        const attribution = await attribute(method, scorer, scorer.sequences, { signal, progress });
        yield { names: names.slice(start, end), tokens: scorer.sequences, attribution };
      } finally {
        scorer.dispose();
      }
      before += Math.min(end, names.length) - start;
      progress?.({ task: 'interpretation', done: before, unit: 'sequences' });
    }
  }
}

async function writeTsv(
  model: Predictor,
  options: InterpretToFileOptions,
): Promise<InterpretedFile> {
  return writeInPieces(options.out, async (writer) => {
    await writer.write('id\tposition\tbase\tcontribution\tA\tC\tG\tT\n');
    const warnings = new Set<string>();
    let rows = 0;
    for await (const { names, tokens, attribution } of attributeChunks(model, options)) {
      const { length, scores, contributions } = attribution;
      for (const [row, name] of names.entries()) {
        const bases = decodeTokens(tokens[row] ?? new Uint8Array());
        const lines: string[] = [];
        for (let i = 0; i < length; i++) {
          const at = row * length + i;
          const values = [contributions[at], ...scores.subarray(at * 4, at * 4 + 4)];
          lines.push([name, i, bases[i], ...values].join('\t'));
        }
        await writer.write(`${lines.join('\n')}\n`);
      }
      for (const warning of attribution.warnings) warnings.add(warning);
      rows += names.length;
    }
    return { rows, warnings: [...warnings] };
  });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Effects of mutations from scores that are centred at each position. */
function mutationEffects({ scores, tokens }: CentredScores): Float32Array {
  const effects = new Float32Array(scores.length).fill(NaN);
  tokens.forEach((base, i) => {
    if (base > 3) return;
    const own = scores[i * 4 + base] ?? NaN;
    for (let channel = 0; channel < 4; channel++) {
      effects[i * 4 + channel] = (scores[i * 4 + channel] ?? NaN) - own;
    }
  });
  return effects;
}

interface CentredScores {
  /** `[n, length, 4]`. */
  readonly scores: Float32Array;
  /** `[n, length]`. */
  readonly tokens: Uint8Array;
}

async function writeArrays(
  model: Predictor,
  options: InterpretToFileOptions,
): Promise<InterpretedFile> {
  const chunks: AttributedChunk[] = [];
  for await (const chunk of attributeChunks(model, options)) chunks.push(chunk);
  const ids = chunks.flatMap(({ names }) => names);
  const rows = ids.length;
  const { length } = model;
  const deltas = chunks.flatMap(({ attribution }) =>
    attribution.deltas === undefined ? [] : [attribution.deltas],
  );
  const tokens = new Uint8Array(rows * length);
  chunks
    .flatMap((chunk) => chunk.tokens)
    .forEach((sequence, row) => {
      tokens.set(sequence, row * length);
    });
  const scores = joined(chunks.map(({ attribution }) => attribution.scores));
  const arrays = {
    ids: { shape: [rows], data: ids },
    tokens: { shape: [rows, length], data: tokens },
    scores: { shape: [rows, length, 4], data: scores },
    contributions: {
      shape: [rows, length],
      data: joined(chunks.map(({ attribution }) => attribution.contributions)),
    },
    predictions: {
      shape: [rows],
      data: joined(chunks.map(({ attribution }) => attribution.exampleScores)),
    },
    ...(options.method === 'ism'
      ? {
          effects: {
            shape: [rows, length, 4],
            data: mutationEffects({ scores, tokens }),
          },
        }
      : {}),
    ...(deltas.length === 0 ? {} : { deltas: { shape: [rows], data: joined(deltas) } }),
  };
  if (options.out.endsWith('.npz')) await writeNpz(options.out, arrays);
  else await writeHdf5(options.out, arrays);
  const warnings = new Set(chunks.flatMap(({ attribution }) => attribution.warnings));
  return { rows, warnings: [...warnings] };
}

/**
 * Explains the predictions for the sequences of a file.
 *
 * Arrays: `ids`, `tokens` `[n, length]`, `scores` `[n, length, 4]` (what each base would contribute;
 * of `ism` centred at each position), `contributions` `[n, length]` (of the base that is there),
 * `predictions` `[n]`, `deltas` `[n]` where the method has a completeness check, and for `ism`
 * `effects` `[n, length, 4]`: the change of the prediction by each mutation, NaN where the base is
 * unknown. A TSV has the scores in its columns A, C, G and T.
 */
export async function interpretToFile(
  model: Predictor,
  options: InterpretToFileOptions,
): Promise<InterpretedFile> {
  const ending = path.extname(options.out);
  if (!['.npz', '.h5', '.tsv'].includes(ending)) {
    throw new UsageError({
      where: `--out ${options.out}`,
      found: ending === '' ? 'no ending' : `the ending ${ending}`,
      expected: '.npz, .h5 or .tsv',
    });
  }
  await checkFileWritable(options.out);
  return ending === '.tsv' ? writeTsv(model, options) : writeArrays(model, options);
}
