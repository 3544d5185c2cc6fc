import * as tf from '@tensorflow/tfjs-core';

type Gradients = Record<string, () => tf.Tensor>;

/** One operation of the forward pass as the engine has recorded it. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly saved?: readonly tf.Tensor[];
  gradient?: (this: TapeNode, upstream: (tf.Tensor | null)[]) => Gradients;
}

/**
 * Makes the backward pass free tensors as soon as it has passed them. By itself the engine holds all
 * that the forward pass has saved, and the gradient of every activation, until the last gradient is
 * there: about twice the memory, in fresh pages each time, which cost more than the arithmetic of
 * small operations. To be called at the end of the function whose gradient is taken.
 */
export function releaseTapeEarly(): void {
  const { state } = tf.engine() as unknown as {
    state: { activeTape?: TapeNode[]; gradientDepth: number };
  };
  // Gradients of gradients read the saved tensors again.
  if (state.gradientDepth !== 1) return;
  const timesGiven = new Map<number, number>();
  for (const node of state.activeTape ?? []) {
    const { gradient, saved = [] } = node;
    if (gradient !== undefined) node.gradient = releasing(gradient, saved, timesGiven);
  }
}

function releasing(
  gradient: NonNullable<TapeNode['gradient']>,
  saved: readonly tf.Tensor[],
  timesGiven: Map<number, number>,
): NonNullable<TapeNode['gradient']> {
  return function (upstream) {
    // `this` is a copy of the node with the inputs that are asked for.
    const asked = Object.keys(this.inputs);
    const gradients = gradient.call(this, upstream);
    let left = asked.length;
    const results = new Set<tf.Tensor>();
    const release = (): void => {
      saved.forEach((tensor) => {
        tensor.dispose();
      });
      for (const tensor of upstream) {
        // Of several outputs some may have no gradient.
        if (tensor === null) continue;
        // Some gradients are the upstream tensor itself, or one tensor for two inputs.
        const shared = results.has(tensor) || (timesGiven.get(tensor.id) ?? 0) > 1;
        if (!shared) tensor.dispose();
      }
    };
    return Object.fromEntries(
      Object.entries(gradients).map(([name, compute]) => [
        name,
        () => {
          const result = compute();
          results.add(result);
          timesGiven.set(result.id, (timesGiven.get(result.id) ?? 0) + 1);
          left -= 1;
          if (left === 0) release();
          return result;
        },
      ]),
    );
  };
}
