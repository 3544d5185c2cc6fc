import * as tf from '@tensorflow/tfjs-core';

/** What a kernel of TensorFlow.js is called with. */
export type KernelCallArguments = Parameters<tf.KernelFunc>[0];

/**
 * Runs a composition of operations inside of a kernel. The handles on the inputs are made inside of
 * the tidy, whose end would free the inputs' data with them; one more reference keeps the data.
 */
export function compose(
  inputs: readonly tf.TensorInfo[],
  body: (...tensors: tf.Tensor[]) => tf.Tensor,
): tf.Tensor {
  const backend = tf.backend() as unknown as { incRef(dataId: object): void };
  return tf.tidy(() => {
    for (const { dataId } of inputs) backend.incRef(dataId);
    return body(
      ...inputs.map(({ dataId, shape, dtype }) =>
        tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }),
      ),
    );
  });
}

/** Registers a kernel on a backend, in the place of one that may be there. */
export function setKernel(
  kernelName: string,
  backendName: string,
  kernelFunc: (call: KernelCallArguments) => tf.TensorInfo | tf.TensorInfo[],
): void {
  const present = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (present !== undefined) tf.unregisterKernel(kernelName, backendName);
  // What the backend's own kernel sets up stays set up.
  tf.registerKernel({ ...present, kernelName, backendName, kernelFunc });
}

/** Registers a kernel that may call the one in whose place it comes; nothing where there is none. */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  kernelFunc: (
    original: tf.KernelFunc,
    call: KernelCallArguments,
  ) => tf.TensorInfo | tf.TensorInfo[],
): void {
  const present = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (present === undefined) return;
  setKernel(kernelName, backendName, (call) => kernelFunc(present.kernelFunc, call));
}
