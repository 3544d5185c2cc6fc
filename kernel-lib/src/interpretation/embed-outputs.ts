import { UsageError } from '../core/errors.ts';
import type { Embeddings, Predictor } from '../prediction/predictor.ts';

/** One vector an output of a model. */
export interface OutputEmbeddings extends Embeddings {
  readonly outputs: readonly string[];
}

/**
 * The vectors of the outputs (of FloraBERT: the tissues): the rows of the last linear map (`out_proj`).
 * An output is the dot product of its vector with what `embedSequences` gives by `head`, plus a bias,
 * so that outputs with similar vectors respond alike.
 *
 * @param member which network of an ensemble; default 0
 * @throws UsageError for a model without such a map
 */
export function outputEmbeddings(predictor: Predictor, member = 0): OutputEmbeddings {
  const { outputs } = predictor;
  const weights = predictor.folder.members[member] ?? {};
  const kernel = ['classifier_out_proj', 'classifier_regression_out_proj']
    .map((name) => weights[`${name}/kernel`])
    .find((each) => each !== undefined);
  const [size = 0, columns = 0] = kernel?.shape ?? [];
  if (kernel === undefined || columns !== outputs.length) {
    throw new UsageError({
      where: `model ${predictor.config.model_type}, member ${String(member)}`,
      found: 'no linear map from an embedding to the outputs',
      expected: 'a model with a head of values (classifier_out_proj)',
    });
  }
  const values = new Float32Array(columns * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < columns; column++) {
      values[column * size + row] = kernel.data[row * columns + column] ?? NaN;
    }
  }
  return { outputs, rows: columns, size, values };
}
