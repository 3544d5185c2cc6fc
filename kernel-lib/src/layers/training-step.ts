import type * as tfl from '@tensorflow/tfjs-layers';

/** A layer whose random numbers depend on the training step, so that a resumed run draws the same. */
export interface StepDependentLayer {
  setTrainingStep(step: number): void;
}

function isStepDependent(layer: unknown): layer is StepDependentLayer {
  return typeof (layer as Partial<StepDependentLayer>).setTrainingStep === 'function';
}

/**
 * Tells the layers of a model which step comes next; the training loop calls it before each forward
 * pass with the number of the (micro-)batch since the start of the run.
 */
export function setTrainingStep(model: tfl.LayersModel, step: number): void {
  for (const layer of model.layers) if (isStepDependent(layer)) layer.setTrainingStep(step);
}
