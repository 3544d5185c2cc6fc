import { InputError, UsageError } from '../core/errors.ts';
import { TargetTransform } from '../datasets/target-transform.ts';
import { TargetTransforms, type TargetColumnJson } from '../datasets/target-transforms.ts';
import { architecture } from '../models/registry.ts';
import type { ModelConfig } from './model-config.ts';

const UNCHANGED = { transform: 'none', pseudocount: 0, mean: 0, standardDeviation: 1 } as const;

/** From what a network gives to predictions on the transformed scale of the targets (say log10). */
export class OutputScale {
  readonly #single: TargetTransform | undefined;
  readonly #gated: boolean;
  /** What is done to each target; undefined where it is the same for all. */
  readonly targets: TargetTransforms | undefined;
  readonly #outputs: number;

  /** @throws InputError where `preprocessing.targets` does not fit the outputs */
  constructor(config: ModelConfig) {
    const { target, targets } = config.preprocessing;
    const { configSchema, hasGatedOutputs } = architecture(config.model_type);
    this.#gated = hasGatedOutputs?.(configSchema.parse(config.architecture)) ?? false;
    this.#outputs = config.outputs.length;
    if (targets === undefined) {
      this.#single = TargetTransform.fromJSON(target ?? UNCHANGED);
      this.targets = undefined;
      return;
    }
    const names = config.outputs.map(({ name }) => name);
    const wrong = targets.findIndex(({ name }, index) => name !== names[index]);
    if (targets.length !== names.length || wrong >= 0) {
      throw new InputError({
        where: 'config.json, preprocessing.targets',
        found: targets.map(({ name }) => name).join(', '),
        expected: `one for each output, in their order: ${names.join(', ')}`,
      });
    }
    this.targets = TargetTransforms.fromJSON(targets as readonly TargetColumnJson[]);
    this.#single = sameForAll(targets as readonly TargetColumnJson[]);
  }

  /**
   * What is done to the one target, or to each of several in the same way.
   *
   * @throws UsageError where it differs from output to output
   */
  get target(): TargetTransform {
    if (this.#single !== undefined) return this.#single;
    throw new UsageError({
      where: 'target of the model',
      found: 'outputs that were transformed each in its own way',
      fix: 'Take targets, which has the transform of each.',
    });
  }

  /**
   * Predictions from the values of a network, `rows × outputs`, on the transformed scale. Of a network
   * with gated outputs, what its scores take to be absent has the value of a measured 0.
   */
  predictions(raw: ArrayLike<number>): ArrayLike<number> {
    const { targets } = this;
    const scaled = (values: ArrayLike<number>): Float64Array =>
      targets?.unstandardise(values) ?? this.target.unstandardise(values);
    if (!this.#gated) return scaled(raw);
    const outputs = this.#outputs;
    const rows = raw.length / (2 * outputs);
    const absent = this.#transformedZero();
    const values = new Float64Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let output = 0; output < outputs; output++) {
        values[row * outputs + output] = raw[(2 * row + 1) * outputs + output] ?? NaN;
      }
    }
    return scaled(values).map((value, index) => {
      const [row, output] = [Math.floor(index / outputs), index % outputs];
      return (raw[2 * row * outputs + output] ?? 0) < 0 ? (absent[output] ?? NaN) : value;
    });
  }

  /** A measured 0 of each output on the transformed scale. */
  #transformedZero(): ArrayLike<number> {
    const zeros = new Float64Array(this.#outputs);
    if (this.targets !== undefined) return this.targets.transform(zeros);
    return this.target.unstandardise(this.target.apply(zeros));
  }
}

/** The transform of all columns, if it is the same. */
function sameForAll(columns: readonly TargetColumnJson[]): TargetTransform | undefined {
  const [first] = columns;
  if (first === undefined || first.transform === 'box-cox') return undefined;
  const { transform, pseudocount, mean, standardDeviation } = first;
  const same = columns.every(
    (column) =>
      column.transform === transform &&
      column.pseudocount === pseudocount &&
      column.mean === mean &&
      column.standardDeviation === standardDeviation,
  );
  return same
    ? TargetTransform.fromJSON({ transform, pseudocount, mean, standardDeviation })
    : undefined;
}
