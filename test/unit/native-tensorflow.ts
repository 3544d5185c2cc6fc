import * as tf from '@tensorflow/tfjs-core';
import {
  findNativeTensorFlow,
  startTensorFlow,
} from '../../kernel-lib/src/backend/start-tensorflow.ts';
import { registerTensorFlowKernels } from '../../kernel-lib/src/backend/tensorflow-kernels.ts';

/** Whether native TensorFlow is installed here (`npx tatabox native`); its tests are skipped if not. */
export const hasNativeTensorFlow = findNativeTensorFlow() !== undefined;

/** Makes `tensorflow` the backend, with the library's kernels. */
export async function useNativeTensorFlow(): Promise<void> {
  await startTensorFlow();
  await tf.ready();
  registerTensorFlowKernels();
}
