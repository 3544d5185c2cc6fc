import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { differentiable } from './differentiable.ts';

/** Exact by the error function, or approximated by the hyperbolic tangent as in GPT-2. */
export type GeluForm = 'erf' | 'tanh';

const FORMS: readonly GeluForm[] = ['erf', 'tanh'];
const CUBIC = 0.044715;
const TANH_SCALE = Math.sqrt(2 / Math.PI);

/**
 * Gaussian error linear unit x · Φ(x) (Hendrycks and Gimpel 2016), Φ being the distribution function
 * of the standard normal distribution. It has a gradient of its own with fewer passes over the values
 * than differentiation term by term.
 *
 * @param form `tanh`: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
 * @example
 * gelu(tf.tensor1d([-1, 0, 1])); // [-0.1587, 0, 0.8413]
 */
export function gelu(x: tf.Tensor, form: GeluForm = 'erf'): tf.Tensor {
  return form === 'erf' ? erfForm(x) : tanhForm(x);
}

function erfForm(input: tf.Tensor): tf.Tensor {
  return differentiable({
    inputs: { x: input },
    forward({ x }, save) {
      const t = tf.mul(x, Math.SQRT1_2);
      const twiceDistribution = tf.add(tf.erf(t), 1);
      save([t, twiceDistribution]);
      return tf.mul(tf.mul(t, twiceDistribution), Math.SQRT1_2);
    },
    backward: (upstream, [t, twiceDistribution]) => ({
      x() {
        // Φ(x) + x φ(x), times two
        const decay = tf.exp(tf.neg(tf.square(t as tf.Tensor)));
        const density = tf.mul(tf.mul(t as tf.Tensor, decay), 2 / Math.sqrt(Math.PI));
        const slope = tf.add(density, twiceDistribution as tf.Tensor);
        return tf.mul(tf.mul(slope, 0.5), upstream);
      },
    }),
  });
}

function tanhForm(input: tf.Tensor): tf.Tensor {
  return differentiable({
    inputs: { x: input },
    forward({ x }, save) {
      const t = tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), TANH_SCALE * CUBIC), TANH_SCALE)));
      save([x, t]);
      return tf.mul(tf.mul(x, 0.5), tf.add(t, 1));
    },
    backward: (upstream, [x, t]) => ({
      x() {
        const inner = tf.add(tf.mul(tf.square(x as tf.Tensor), 3 * TANH_SCALE * CUBIC), TANH_SCALE);
        const rise = tf.mul(tf.sub(1, tf.square(t as tf.Tensor)), tf.mul(x as tf.Tensor, inner));
        const slope = tf.add(tf.add(rise, t as tf.Tensor), 1);
        return tf.mul(tf.mul(slope, 0.5), upstream);
      },
    }),
  });
}

/** `gelu` as a layer for values of any shape; no weights. */
export class Gelu extends tfl.layers.Layer {
  static readonly className = 'Gelu';
  readonly form: GeluForm;

  constructor(config: { readonly name: string; readonly form?: GeluForm }) {
    super({ name: config.name });
    const { form = 'erf' } = config;
    if (!FORMS.includes(form)) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `form '${String(form)}'`,
        fix: suggestion(form, FORMS),
      });
    }
    this.form = form;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return gelu((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor, this.form);
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), form: this.form };
  }
}
