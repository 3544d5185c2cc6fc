import { UsageError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { Side, TokenBatch, Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Dataset, Example, ExampleInput } from './dataset.ts';
import { kmerFlip, type KmerFlipOptions } from './kmer-flip.ts';

/** How sequences become rows of tokens. */
export interface TokenRows {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  readonly paddingSide: Side | undefined;
  readonly truncationSide: Side | undefined;
}

/** What the examples are made of; subsets share it. */
export interface TissueExpressionStore {
  readonly ids: readonly string[];
  readonly sequences: readonly string[];
  /** `examples × maxLength` tokens; 16 bits where the vocabulary lets them. */
  readonly tokens: Uint16Array | Int32Array;
  readonly rows: TokenRows;
  readonly targetNames: readonly string[];
  /** `examples × targets`. */
  readonly targets: Float32Array;
  /** Augmentation, where there is one. */
  readonly kmerFlip: Omit<KmerFlipOptions, 'random'> | undefined;
}

/** Tokens of sequences, padded to rows. */
export function tokenBatch(sequences: readonly string[], rows: TokenRows): TokenBatch {
  const { tokenizer, maxLength, paddingSide, truncationSide } = rows;
  return tokenizer.encodeBatch(sequences, {
    maxLength,
    ...(paddingSide === undefined ? {} : { paddingSide }),
    ...(truncationSide === undefined ? {} : { truncationSide }),
  });
}

/**
 * Promoters as tokens (input `input_ids`) with the transformed expression of their genes. With a
 * generator, `example` first replaces one k-mer of the sequence where the augmentation is on.
 */
export class TissueExpressionExamples implements Dataset {
  readonly length: number;
  readonly inputs: Readonly<Record<string, ExampleInput>>;
  readonly targetNames: readonly string[];
  readonly ids: readonly string[];
  readonly #store: TissueExpressionStore;
  readonly #rows: Uint32Array;

  constructor(store: TissueExpressionStore, rows: Uint32Array) {
    this.#store = store;
    this.#rows = rows;
    this.length = rows.length;
    this.inputs = { input_ids: { kind: 'tokens', shape: [store.rows.maxLength] } };
    this.targetNames = store.targetNames;
    this.ids = Array.from(rows, (row) => store.ids[row] ?? '');
  }

  /** The sequences, upper case, in the order of the examples. */
  get sequences(): string[] {
    return Array.from(this.#rows, (row) => this.#store.sequences[row] ?? '');
  }

  example(index: number, random?: Random): Example {
    const { tokens, rows, targets, kmerFlip: flip, sequences } = this.#store;
    const row = this.#row(index);
    const { maxLength } = rows;
    const width = this.targetNames.length;
    const inputIds =
      flip === undefined || random === undefined
        ? Int32Array.from(tokens.subarray(row * maxLength, (row + 1) * maxLength))
        : tokenBatch([kmerFlip(sequences[row] ?? '', { ...flip, random }).sequence], rows).inputIds;
    return {
      id: this.ids[index] ?? '',
      inputs: { input_ids: inputIds },
      target: targets.subarray(row * width, (row + 1) * width),
    };
  }

  subset(indices: ArrayLike<number>): TissueExpressionExamples {
    return new TissueExpressionExamples(
      this.#store,
      Uint32Array.from(indices, (index) => this.#row(index)),
    );
  }

  #row(index: number): number {
    const row = this.#rows[index];
    if (row !== undefined) return row;
    throw new UsageError({
      where: 'dataset, example',
      found: `index ${String(index)}`,
      expected: `a whole number from 0 to ${String(this.length - 1)}`,
    });
  }
}
