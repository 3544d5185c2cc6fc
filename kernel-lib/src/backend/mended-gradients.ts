import * as tf from '@tensorflow/tfjs-core';
import { einsumGradient } from './einsum.ts';
import { convolutionGradients } from './mended-convolution-gradients.ts';
import { elementwiseGradients } from './mended-elementwise-gradients.ts';
import { indexingGradients } from './mended-indexing-gradients.ts';
import { productGradients } from './mended-product-gradients.ts';
import { resizeGradients } from './mended-resize-gradients.ts';

/** Gradients that TensorFlow.js 4.22 lacks or has wrong, for all backends. */
export const MENDED_GRADIENTS: readonly tf.GradConfig[] = [
  ...elementwiseGradients,
  ...indexingGradients,
  ...productGradients,
  ...resizeGradients,
  ...convolutionGradients,
  einsumGradient,
];

let registered = false;

/** Puts them in the place of those of TensorFlow.js; doing so again changes nothing. */
export function registerMendedGradients(): void {
  if (registered) return;
  registered = true;
  for (const gradient of MENDED_GRADIENTS) {
    const present = tf.getGradient(gradient.kernelName) as tf.GradConfig | undefined;
    if (present !== undefined) tf.unregisterGradient(gradient.kernelName);
    tf.registerGradient(gradient);
  }
}
