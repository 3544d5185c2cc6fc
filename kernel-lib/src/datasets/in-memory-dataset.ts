import { suggestion } from '../core/nearest.ts';
import { UsageError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { reverseComplement } from '../sequence/reverse-complement.ts';
import type { Dataset, Example, ExampleInput, InputValues } from './dataset.ts';
import { perturbBases } from './window-augmentation.ts';

/** One input of all examples, in one contiguous array. */
export interface InMemoryInput extends ExampleInput {
  /**
   * The values of all examples, one after the other. Features: `examples × product of shape`.
   * Tokens: `examples × (shape[0] + 2 × flank)`.
   */
  readonly values: InputValues;
  /** Tokens only: real bases stored on both sides of the window. Default 0. */
  readonly flank?: number;
  /**
   * Tokens only: augmentation shifts the window by a uniform whole number of bases in
   * [−maxShift, +maxShift]. At most `flank`. Default 0.
   */
  readonly maxShift?: number;
  /** Tokens only: augmentation takes the other strand for half of the draws. Default false. */
  readonly reverseComplement?: boolean;
  /** Tokens only: augmentation replaces this share of the bases by random ones. Default 0. */
  readonly mutationRate?: number;
  /** Tokens only: augmentation makes this share of the bases unknown. Default 0. */
  readonly maskRate?: number;
}

/** What `InMemoryDataset` is made of; structured-cloneable, so that it can be sent to a worker. */
export interface InMemoryDatasetParts {
  /** One unique name an example. */
  readonly ids: readonly string[];
  readonly inputs: Readonly<Record<string, InMemoryInput>>;
  /** Default none. */
  readonly targetNames?: readonly string[];
  /** `examples × targetNames`, row-major; needed when there are target names. */
  readonly targets?: Float32Array;
  /** One weight an example. Default: no weights. */
  readonly weights?: Float32Array;
  /** Which of the examples, in which order, this dataset gives. Default: all, as they are stored. */
  readonly rows?: Uint32Array;
}

interface StoredInput extends Required<Omit<InMemoryInput, 'names'>> {
  readonly name: string;
  readonly names?: readonly string[];
  /** Values of one example in `values`, flanks included. */
  readonly stored: number;
  /** Values of one example as it is given out. */
  readonly size: number;
}

function requireWholeNumber(where: string, value: number): void {
  if (!Number.isInteger(value) || value < 0) {
    throw new UsageError({ where, found: String(value), expected: 'a whole number from 0' });
  }
}

function storeInput(name: string, input: InMemoryInput, examples: number): StoredInput {
  const where = `input '${name}'`;
  const { flank = 0, maxShift = 0, reverseComplement: otherStrand = false } = input;
  const { mutationRate = 0, maskRate = 0 } = input;
  for (const [name, rate] of Object.entries({ mutationRate, maskRate })) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new UsageError({
        where: `${where}, ${name}`,
        found: String(rate),
        expected: 'a share from 0 to 1',
      });
    }
  }
  requireWholeNumber(`${where}, flank`, flank);
  requireWholeNumber(`${where}, maxShift`, maxShift);
  if (
    input.kind !== 'tokens' &&
    (flank > 0 || maxShift > 0 || otherStrand || mutationRate > 0 || maskRate > 0)
  ) {
    throw new UsageError({
      where,
      found: 'flank or augmentation of sequences on features',
      expected: 'them on an input of tokens only',
    });
  }
  if (maxShift > flank) {
    throw new UsageError({
      where: `${where}, maxShift`,
      found: `${maxShift} with ${flank} flanking bases stored`,
      expected: 'at most as many bases of shift as of flank',
      fix: 'Fetch longer windows: length + 2 × maxShift.',
    });
  }
  if ((otherStrand || mutationRate > 0) && !(input.values instanceof Uint8Array)) {
    throw new UsageError({
      where: `${where}, reverseComplement or mutationRate`,
      found: 'tokens that are not a Uint8Array',
      expected: 'nucleotide tokens (Uint8Array)',
    });
  }
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const stored = size + 2 * flank;
  if (input.values.length !== examples * stored) {
    throw new UsageError({
      where,
      found: `${input.values.length} values`,
      expected: `${examples} examples × ${stored}`,
    });
  }
  return {
    name,
    kind: input.kind,
    shape: [...input.shape],
    ...(input.names === undefined ? {} : { names: [...input.names] }),
    values: input.values,
    flank,
    maxShift,
    reverseComplement: otherStrand,
    mutationRate,
    maskRate,
    stored,
    size,
  };
}

function checkParts({ ids, rows, targetNames = [], targets, weights }: InMemoryDatasetParts): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new UsageError({
        where: 'dataset, ids',
        found: `'${id}' twice`,
        expected: 'one name an example',
      });
    }
    seen.add(id);
  }
  if ((targets?.length ?? 0) !== ids.length * targetNames.length) {
    throw new UsageError({
      where: 'dataset, targets',
      found: `${targets?.length ?? 0} values`,
      expected: `${ids.length} examples × ${targetNames.length} target names`,
    });
  }
  if (weights !== undefined && weights.length !== ids.length) {
    throw new UsageError({
      where: 'dataset, weights',
      found: `${weights.length} values`,
      expected: `one for each of ${ids.length} examples`,
    });
  }
  const outside = rows?.find((row) => row >= ids.length);
  if (outside !== undefined) {
    throw new UsageError({
      where: 'dataset, rows',
      found: `row ${outside}`,
      expected: `rows below ${ids.length}, the number of stored examples`,
    });
  }
}

/** Rows of a row-major array, in the given order, in an array of the same type. */
function gather<T extends InputValues>(values: T, rows: Uint32Array, width: number): T {
  const result = new (values.constructor as new (length: number) => T)(rows.length * width);
  for (const [index, row] of rows.entries()) {
    result.set(values.subarray(row * width, (row + 1) * width), index * width);
  }
  return result;
}

/** Values of one input for one stored example, augmented where there is a generator. */
function valuesOf(input: StoredInput, row: number, random: Random | undefined): InputValues {
  let start = row * input.stored + input.flank;
  if (random === undefined) return input.values.subarray(start, start + input.size);
  if (input.maxShift > 0) start += random.integer(2 * input.maxShift + 1) - input.maxShift;
  const values = input.values.subarray(start, start + input.size);
  const flip = input.reverseComplement && random.uniform() < 0.5;
  const strand = flip && values instanceof Uint8Array ? reverseComplement(values) : values;
  return input.mutationRate > 0 || input.maskRate > 0
    ? perturbBases(strand, input, random)
    : strand;
}

/**
 * Examples that fit into memory, each input in one contiguous array. Subsets are views: they share
 * the arrays. `example(index)` gives the values as they are; with a generator it applies the
 * augmentation (shift into the stored flanks, other strand), drawing for each token input in order
 * first the shift, then the strand.
 *
 * The arrays that `example` returns may be views of the store: do not write into them.
 *
 * @example
 * const dataset = new InMemoryDataset({
 *   ids: ['a', 'b'],
 *   inputs: { promoter: { kind: 'tokens', shape: [4], values: encodeSequence('ACGTTTTT') } },
 *   targetNames: ['expression'],
 *   targets: Float32Array.of(0.1, 2.3),
 * });
 */
export class InMemoryDataset implements Dataset {
  readonly length: number;
  readonly inputs: Readonly<Record<string, ExampleInput>>;
  readonly targetNames: readonly string[];
  readonly ids: readonly string[];
  readonly #parts: InMemoryDatasetParts;
  readonly #stored: readonly StoredInput[];

  constructor(parts: InMemoryDatasetParts) {
    const { ids, rows, targetNames = [] } = parts;
    checkParts(parts);
    this.#parts = parts;
    this.#stored = Object.entries(parts.inputs).map(([name, input]) =>
      storeInput(name, input, ids.length),
    );
    this.ids = rows === undefined ? ids : Array.from(rows, (row) => ids[row] ?? '');
    this.length = this.ids.length;
    this.targetNames = targetNames;
    this.inputs = Object.fromEntries(
      this.#stored.map(({ name, kind, shape, names }) => [
        name,
        { kind, shape, ...(names === undefined ? {} : { names }) },
      ]),
    );
  }

  example(index: number, random?: Random): Example {
    const row = this.#row(index);
    const { targets, weights } = this.#parts;
    const inputs: Record<string, InputValues> = {};
    for (const input of this.#stored) inputs[input.name] = valuesOf(input, row, random);
    const width = this.targetNames.length;
    const weight = weights?.[row];
    return {
      id: this.ids[index] ?? '',
      inputs,
      ...(targets === undefined
        ? {}
        : { target: targets.subarray(row * width, (row + 1) * width) }),
      ...(weight === undefined ? {} : { weight }),
    };
  }

  /** A view of some of the examples, in the given order; nothing is copied but their indices. */
  subset(indices: ArrayLike<number>): InMemoryDataset {
    const rows = Uint32Array.from(indices, (index) => this.#row(index));
    return new InMemoryDataset({ ...this.#parts, rows });
  }

  /**
   * A view with some of the inputs only, for example to train on the promoter without features.
   *
   * @throws UsageError for a name that is no input
   */
  selectInputs(names: readonly string[]): InMemoryDataset {
    const inputs = Object.fromEntries(
      names.map((name) => {
        const input = Object.hasOwn(this.#parts.inputs, name)
          ? this.#parts.inputs[name]
          : undefined;
        if (input === undefined) {
          throw new UsageError({
            where: 'selectInputs',
            found: `'${name}'`,
            expected: 'an input of the dataset',
            fix: suggestion(name, Object.keys(this.#parts.inputs)),
          });
        }
        return [name, input];
      }),
    );
    return new InMemoryDataset({ ...this.#parts, inputs });
  }

  /** Targets of one name, in the order of the examples. */
  targetColumn(name = this.targetNames[0] ?? ''): Float32Array {
    const column = this.targetNames.indexOf(name);
    const { targets } = this.#parts;
    if (column < 0 || targets === undefined) {
      throw new UsageError({
        where: 'targetColumn',
        found: `'${name}'`,
        expected: 'a target of the dataset',
        fix: suggestion(name, this.targetNames),
      });
    }
    const width = this.targetNames.length;
    return Float32Array.from(
      { length: this.length },
      (_, index) => targets[this.#row(index) * width + column] ?? NaN,
    );
  }

  /**
   * The parts of this dataset, which can be sent to a worker thread. Of a view, only its own
   * examples are in it.
   */
  toPlain(): InMemoryDatasetParts {
    const { rows, targets, weights, ...shared } = this.#parts;
    if (rows === undefined) return this.#parts;
    return {
      ...shared,
      ids: [...this.ids],
      inputs: Object.fromEntries(
        this.#stored.map(({ name, stored, values }) => [
          name,
          { ...(shared.inputs[name] as InMemoryInput), values: gather(values, rows, stored) },
        ]),
      ),
      ...(targets === undefined ? {} : { targets: gather(targets, rows, this.targetNames.length) }),
      ...(weights === undefined ? {} : { weights: gather(weights, rows, 1) }),
    };
  }

  /** The dataset that `toPlain` was called on. */
  static fromPlain(parts: InMemoryDatasetParts): InMemoryDataset {
    return new InMemoryDataset(parts);
  }

  #row(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new UsageError({
        where: 'dataset, example',
        found: `index ${index}`,
        expected: `a whole number from 0 to ${this.length - 1}`,
      });
    }
    return this.#parts.rows?.[index] ?? index;
  }
}
