import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Dataset, Example, ExampleInput } from './dataset.ts';

/** Sequences by number, as a corpus or a table gives them. */
export interface Sequences {
  readonly length: number;
  sequence(index: number): string;
  id(index: number): string;
}

/** Which tokens are hidden, and what stands in their place. */
export interface MaskingOptions {
  /** Share of the tokens that are to be guessed. Default 0.15. */
  readonly probability?: number;
  /** Of these, the share that the mask token replaces. Default 0.8. */
  readonly masked?: number;
  /** Of these, the share that a random token replaces; the rest stays as it is. Default 0.1. */
  readonly random?: number;
}

/** What `maskedLanguageDataset` takes. */
export interface MaskedLanguageOptions {
  readonly sequences: Sequences;
  readonly tokenizer: Tokenizer;
  /** Tokens of an example, with those of start and end. */
  readonly maxLength: number;
  readonly masking?: MaskingOptions;
  /**
   * Most tokens of an example that are guessed, which the input `masked_positions` names; see
   * `maskedPositions` for a number that is hardly ever exceeded. Default: none, all positions are
   * scored.
   */
  readonly predictions?: number;
  /** Changes a sequence before it is cut into tokens; used in training only. */
  readonly augment?: (sequence: string, random: Random) => string;
  /** Seed of the masks where an example is asked for without a generator (validation). Default 0. */
  readonly seed?: number;
}

const OPTIONS = [
  'sequences',
  'tokenizer',
  'maxLength',
  'masking',
  'predictions',
  'augment',
  'seed',
];

/** Label of a position that is not to be guessed. */
const IGNORED = -100;

/**
 * Positions to keep free for the tokens to guess in a sequence of `length` tokens: the mean plus five
 * standard deviations, exceeded once in some million sequences (what is too many stays unmasked).
 */
export function maskedPositions(length: number, probability = 0.15): number {
  const deviation = Math.sqrt(length * probability * (1 - probability));
  return Math.min(length, Math.ceil(length * probability + 5 * deviation));
}

/**
 * Examples for masked language modelling (Devlin et al. 2019) with masks drawn anew each time an
 * example is asked for (Liu et al. 2019). Each token but those of start, end and padding is chosen
 * with `probability`; the chosen ones become the mask token, a random token or stay.
 *
 * Inputs: `input_ids` int32 `[maxLength]` and, with `predictions`, `masked_positions` int32
 * `[predictions]`. Target: the hidden tokens at their positions `[maxLength]`, or
 * `[predictions]`, −100 elsewhere. The weight of an example is the number of its hidden tokens,
 * so that the mean loss is that over all hidden tokens.
 *
 * @throws UsageError for a tokenizer without mask or padding token, or shares beyond 0 … 1
 */
export function maskedLanguageDataset(options: MaskedLanguageOptions): Dataset {
  checkOptionNames(options, OPTIONS, 'maskedLanguageDataset');
  const { sequences } = options;
  const all = Uint32Array.from({ length: sequences.length }, (_, index) => index);
  return new MaskedLanguageDataset(options, all);
}

class MaskedLanguageDataset implements Dataset {
  readonly inputs: Readonly<Record<string, ExampleInput>>;
  readonly targetNames: readonly string[];
  readonly #options: MaskedLanguageOptions;
  readonly #rows: Uint32Array;
  readonly #masking: Required<MaskingOptions>;
  readonly #mask: number;
  readonly #special: ReadonlySet<number>;
  readonly #seeds: Random;
  #ids: readonly string[] | undefined;

  constructor(options: MaskedLanguageOptions, rows: Uint32Array) {
    const { maxLength, predictions, tokenizer, seed = 0 } = options;
    this.#options = options;
    this.#rows = rows;
    this.#masking = checkedMasking(options.masking);
    const { special } = tokenizer;
    if (special.mask === undefined || special.padding === undefined) {
      throw new UsageError({
        where: 'maskedLanguageDataset, tokenizer',
        found: `no ${special.mask === undefined ? 'mask' : 'padding'} token`,
        expected: 'a tokenizer with tokens for mask and padding',
      });
    }
    this.#mask = special.mask;
    this.#special = new Set(Object.values(special).filter((id) => id !== undefined) as number[]);
    this.#seeds = new Random(seed);
    this.inputs = {
      input_ids: { kind: 'tokens', shape: [maxLength] },
      ...(predictions === undefined
        ? {}
        : { masked_positions: { kind: 'tokens', shape: [predictions] } }),
    };
    this.targetNames = ['token'];
  }

  get length(): number {
    return this.#rows.length;
  }

  get ids(): readonly string[] {
    this.#ids ??= Array.from(this.#rows, (row) => this.#options.sequences.id(row));
    return this.#ids;
  }

  subset(indices: ArrayLike<number>): Dataset {
    const rows = Uint32Array.from(indices, (index) => this.#rows[index] ?? 0);
    return new MaskedLanguageDataset(this.#options, rows);
  }

  example(index: number, random?: Random): Example {
    const { sequences, tokenizer, maxLength, predictions, augment } = this.#options;
    const row = this.#rows[index] ?? 0;
    const draw = random ?? this.#seeds.derive(row);
    let sequence = sequences.sequence(row);
    if (random !== undefined && augment !== undefined) sequence = augment(sequence, draw);
    const { inputIds } = tokenizer.encodeBatch([sequence], { maxLength });
    const most = predictions ?? maxLength;
    const target = new Float32Array(most).fill(IGNORED);
    const positions = new Int32Array(predictions ?? 0);
    const { probability, masked, random: replaced } = this.#masking;
    let chosen = 0;
    for (let position = 0; position < maxLength; position++) {
      const token = inputIds[position] as number;
      if (this.#special.has(token) || draw.uniform() >= probability || chosen === most) continue;
      target[predictions === undefined ? position : chosen] = token;
      if (predictions !== undefined) positions[chosen] = position;
      chosen += 1;
      const kind = draw.uniform();
      if (kind < masked) inputIds[position] = this.#mask;
      else if (kind < masked + replaced) {
        inputIds[position] = draw.integer(tokenizer.vocabularySize);
      }
    }
    return {
      id: sequences.id(row),
      inputs: {
        input_ids: inputIds,
        ...(predictions === undefined ? {} : { masked_positions: positions }),
      },
      target,
      weight: chosen,
    };
  }
}

function checkedMasking(options: MaskingOptions = {}): Required<MaskingOptions> {
  checkOptionNames(options, ['probability', 'masked', 'random'], 'masking');
  const { probability = 0.15, masked = 0.8, random = 0.1 } = options;
  const isShare = (share: number): boolean => share >= 0 && share <= 1;
  if (probability > 0 && isShare(probability) && isShare(masked) && isShare(random)) {
    if (masked + random <= 1 + 1e-12) return { probability, masked, random };
  }
  throw new UsageError({
    where: 'masking',
    found: `probability ${String(probability)}, masked ${String(masked)}, random ${String(random)}`,
    expected: 'a probability above 0 up to 1, and shares that add up to at most 1',
  });
}
