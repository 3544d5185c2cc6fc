import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import {
  InMemoryDataset,
  type InMemoryDatasetParts,
} from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import {
  trainEnsemble,
  type TrainEnsembleOptions,
} from '../../../kernel-lib/src/training/train-ensemble.ts';

/** `trainEnsemble` of a bundle, whose dataset class is another one than that of the test. */
export async function train({
  train: trainParts,
  validation,
  ...call
}: Omit<TrainEnsembleOptions, 'train' | 'validation'> & {
  train: InMemoryDatasetParts;
  validation: InMemoryDatasetParts | undefined;
}) {
  await useBackend('cpu');
  return trainEnsemble({
    ...call,
    train: InMemoryDataset.fromPlain(trainParts),
    validation: validation === undefined ? undefined : InMemoryDataset.fromPlain(validation),
  });
}
