import type * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import { batches, disposeBatch, type Batch } from '../datasets/batches.ts';
import { readWeights, writeWeights } from '../layers/named-weights.ts';
import { setTrainingStep } from '../layers/training-step.ts';
import { badBatchError, batchFigures, examplesNotFinite, whatIsBad } from './bad-batch.ts';
import { checkpointFile, readBestWeights, type Checkpoint } from './checkpoint.ts';
import { clipGradients } from './clip-gradients.ts';
import type { ClipOptions } from './clip-options.ts';
import { seedStockDropout } from './dropout-seeds.ts';
import { GradientSum, lossAndGradients } from './gradients.ts';
import { interruptedTraining } from './interrupted-training.ts';
import { rateFactors } from './rate-factors.ts';
import { createOptimizer, type NamedArrays, type Optimizer } from './optimizer.ts';
import type { TrainingResult, TrainModelOptions } from './training-call.ts';
import { trainedWeights, type TrainedWeights } from './trained-weights.ts';
import { tellWaits } from './tell-waits.ts';
import { TrainingFolder } from './training-folder.ts';
import type { SkippedBatch } from './training-log.ts';
import { parseTrainingOptions, weightDecayOf, type TrainingOptions } from './training-options.ts';
import { runningLoss, TrainingProgress } from './training-progress.ts';
import { planTraining, type TrainingPlan } from './training-plan.ts';
import {
  initialState,
  trainingFingerprint,
  type EpochRecord,
  type TrainingFingerprint,
  type TrainingState,
} from './training-state.ts';
import { validate, validationsSinceBest, type ValidationResult } from './validate.ts';
import { WeightAverage } from './weight-average.ts';
import { WeightSnapshot } from './weight-snapshot.ts';

/** One training from its beginning, or from a checkpoint, to its end. */
export class TrainingRun {
  readonly #call: TrainModelOptions;
  readonly #options: TrainingOptions;
  readonly #plan: TrainingPlan;
  readonly #fingerprint: TrainingFingerprint;
  readonly #random: Random;
  readonly #trained: TrainedWeights;
  readonly #variables: tf.Variable[];
  readonly #optimizer: Optimizer;
  readonly #factors: ((step: number) => number[]) | undefined;
  readonly #average: WeightAverage | undefined;
  readonly #dropout: ReturnType<typeof seedStockDropout>;
  readonly #gradients = new GradientSum();
  #state = initialState();
  /** Weights of the best epoch. */
  #best: WeightSnapshot | undefined;
  #folder: TrainingFolder | undefined;
  /** Batches since the last optimizer step, those that were left out included. */
  #batchesOfStep = 0;
  #progress: TrainingProgress | undefined;

  private constructor(call: TrainModelOptions) {
    const { model, train, validation, inputNames } = call;
    this.#call = call;
    this.#options = parseTrainingOptions(call.options ?? {});
    this.#plan = planTraining(this.#options, model, train, validation, inputNames);
    this.#fingerprint = trainingFingerprint(this.#options, model, train, validation);
    this.#random = new Random(this.#options.seed);
    this.#trained = trainedWeights(model, this.#options.freeze);
    const { weights } = this.#trained;
    this.#variables = weights.map(({ variable }) => variable);
    this.#optimizer = createOptimizer(this.#options.optimizer, weights, {
      weightDecay: weightDecayOf(this.#options),
      decayBiases: this.#options.decayBiases,
    });
    const { ema } = this.#options;
    this.#factors = rateFactors(weights, this.#options);
    this.#average = ema === false ? undefined : new WeightAverage(weights, ema.decay);
    this.#dropout = seedStockDropout(model, this.#options.seed);
  }

  /** Checks everything, and reads the last checkpoint if the training is to go on from one. */
  static async start(call: TrainModelOptions): Promise<TrainingRun> {
    const run = new TrainingRun(call);
    try {
      await run.#open();
    } catch (error) {
      await run.close();
      throw error;
    }
    return run;
  }

  async train(): Promise<TrainingResult> {
    const state = this.#state;
    this.#progress = new TrainingProgress(this.#call.train.length, this.#options.epochs, state);
    while (!state.finished) await this.#epoch();
    this.#keepWeights();
    const { history, bestEpoch } = state;
    return {
      epochs: history.length,
      steps: state.step,
      history,
      bestEpoch,
      best: history.find(({ epoch }) => epoch === bestEpoch),
      stoppedEarly: state.stoppedEarly,
      seconds: state.seconds,
    };
  }

  /** Frees everything but the model. */
  async close(): Promise<void> {
    this.#optimizer.dispose();
    this.#average?.dispose();
    this.#gradients.dispose();
    this.#dropout.release();
    this.#trained.release();
    this.#best?.dispose();
    await this.#folder?.close();
  }

  async #open(): Promise<void> {
    const { folder, resume = false } = this.#call;
    if (folder === undefined) {
      if (!resume) return;
      throw new UsageError({ where: 'training', found: 'resume without a folder' });
    }
    this.#folder = await TrainingFolder.open(folder, { resume, fingerprint: this.#fingerprint });
    const { checkpoint } = this.#folder;
    if (checkpoint !== undefined) await this.#restore(folder, checkpoint);
  }

  async #restore(folder: string, checkpoint: Checkpoint): Promise<void> {
    const { model } = this.#call;
    const { state } = checkpoint;
    if (state.bestEpoch !== undefined && this.#plan.keep === 'best') {
      const file = checkpointFile(folder, 'best');
      writeWeights(model, await readBestWeights(folder), file);
      this.#snapshot();
    }
    writeWeights(model, checkpoint.weights, checkpointFile(folder, 'last'));
    this.#optimizer.restore(checkpoint.optimizer, state.step);
    this.#average?.restore(checkpoint.average);
    // A checkpoint of an earlier version may lack what was added since.
    this.#state = { ...initialState(), ...state };
  }

  async #epoch(): Promise<void> {
    const state = this.#state;
    const { train, signal, progress } = this.#call;
    const { batchSize } = this.#options;
    if (signal?.aborted) await this.#interrupt();
    const order = this.#random.derive(state.epoch, 0).permutation(train.length);
    const startedAt = performance.now();
    const secondsBefore = { epoch: state.epochSeconds, all: state.seconds };
    const tick = () => {
      const seconds = (performance.now() - startedAt) / 1000;
      state.epochSeconds = secondsBefore.epoch + seconds;
      state.seconds = secondsBefore.all + seconds;
    };
    const source = batches(train, {
      size: batchSize,
      order: order.subarray(state.position),
      random: this.#random.derive(state.epoch, 1),
      inputNames: this.#plan.inputNames,
    });
    for await (const batch of tellWaits(source, (seconds) => (state.dataSeconds += seconds))) {
      const stepsBefore = state.step;
      const due = await this.#batch(batch);
      tick();
      if (this.#progress !== undefined) progress?.(this.#progress.event(state));
      if (state.step > stepsBefore) await this.#afterStep();
      await yieldToEventLoop();
      if (due && signal?.aborted) await this.#interrupt();
    }
    const validation = await this.#validate();
    tick();
    await this.#endEpoch(validation);
  }

  /** One forward and backward pass, and the optimizer step when it is due; tells whether it was. */
  async #batch(batch: Batch): Promise<boolean> {
    const state = this.#state;
    const { model, train } = this.#call;
    setTrainingStep(model, state.batch);
    this.#dropout.setBatch(state.batch);
    // Batch normalisation takes in the statistics of a batch before its loss is known.
    const before = this.#options.onBadLoss === 'skip' ? new WeightSnapshot(model) : undefined;
    try {
      const result = lossAndGradients(model, batch, this.#plan.trainingLoss, this.#variables);
      const figures = await batchFigures(result);
      result.loss.dispose();
      const problem = whatIsBad(figures, this.#options.maxGradientNorm);
      if (problem === undefined) {
        this.#gradients.add(result.gradients, batch.totalWeight);
        state.lossSum += figures.loss * batch.totalWeight;
        state.weightSum += batch.totalWeight;
        state.skippedInARow = 0;
      } else {
        result.gradients.forEach((gradient) => gradient?.dispose());
        before?.restore();
        await this.#skip(batch, problem);
      }
    } finally {
      before?.dispose();
      disposeBatch(batch);
    }
    state.batch += 1;
    state.position += batch.indices.length;
    this.#batchesOfStep += 1;
    const { accumulate } = this.#options;
    const due = this.#batchesOfStep === accumulate || state.position === train.length;
    if (due) {
      this.#batchesOfStep = 0;
      if (this.#gradients.batches > 0) this.#step();
    }
    return due;
  }

  /** Leaves a bad batch out and tells so, or stops. */
  async #skip(batch: Batch, problem: string): Promise<void> {
    const state = this.#state;
    const { train, onSkippedBatch } = this.#call;
    const { onBadLoss, maxBadBatches } = this.#options;
    const examples = Array.from(batch.indices, (index) => train.ids[index] ?? String(index));
    const record: SkippedBatch = {
      epoch: state.epoch + 1,
      step: state.step + 1,
      skipped: problem,
      examples,
    };
    const inARow = onBadLoss === 'skip' ? state.skippedInARow + 1 : 0;
    if (onBadLoss === 'stop' || inARow >= maxBadBatches) {
      const notFinite = await examplesNotFinite(batch, this.#plan.inputNames, examples);
      throw badBatchError(record, notFinite, inARow);
    }
    state.skippedInARow = inARow;
    state.skippedBatches += 1;
    await this.#folder?.logSkippedBatch(record);
    onSkippedBatch?.(record);
  }

  #step(): void {
    const state = this.#state;
    state.learningRate = this.#plan.schedule(state.step, this.#monitored());
    const { clip } = this.#options;
    let gradients = this.#gradients.take();
    if (isClipping(clip)) {
      const clipped = clipGradients(gradients, this.#variables, clip);
      gradients.forEach((gradient) => gradient?.dispose());
      gradients = clipped;
    }
    const factors = this.#factors?.(state.step);
    const rate = state.learningRate;
    this.#optimizer.step(gradients, factors?.map((factor) => factor * rate) ?? rate);
    gradients.forEach((gradient) => gradient?.dispose());
    this.#trained.applyConstraints();
    state.step += 1;
    this.#average?.update(state.step);
  }

  async #afterStep(): Promise<void> {
    const state = this.#state;
    const { logEvery, checkpointEvery } = this.#options;
    if (logEvery > 0 && state.step % logEvery === 0) {
      await this.#folder?.logStep({
        epoch: state.epoch + 1,
        step: state.step,
        runningLoss: runningLoss(state),
        learningRate: state.learningRate,
      });
    }
    const { steps } = checkpointEvery;
    if (steps !== undefined && state.step % steps === 0) await this.#save();
  }

  async #validate(): Promise<ValidationResult | undefined> {
    const { model, validation, signal } = this.#call;
    const { batchSize, validateEvery, epochs } = this.#options;
    const epoch = this.#state.epoch + 1;
    if (validation === undefined || (epoch % validateEvery !== 0 && epoch !== epochs)) return;
    const swapBack = this.#average?.swapIn();
    let result: ValidationResult | undefined;
    try {
      result = await validate({
        model,
        dataset: validation,
        loss: this.#plan.loss,
        batchSize,
        inputNames: this.#plan.inputNames,
        signal,
      });
    } finally {
      swapBack?.();
    }
    if (result === undefined) await this.#interrupt();
    return result;
  }

  async #endEpoch(validation: ValidationResult | undefined): Promise<void> {
    const state = this.#state;
    const record: EpochRecord = {
      epoch: state.epoch + 1,
      step: state.step,
      trainLoss: runningLoss(state),
      ...(validation === undefined ? {} : { validationLoss: validation.loss }),
      ...(validation?.pearson === undefined ? {} : { validationPearson: validation.pearson }),
      learningRate: state.learningRate,
      seconds: state.epochSeconds,
      dataSeconds: state.dataSeconds,
      examplesPerSecond: this.#call.train.length / Math.max(state.epochSeconds, 1e-9),
      ...(state.skippedBatches === 0 ? {} : { skippedBatches: state.skippedBatches }),
    };
    state.history.push(record);
    await this.#folder?.logEpoch(record);
    if (validation !== undefined) await this.#judge(record);
    Object.assign(state, {
      epoch: state.epoch + 1,
      position: 0,
      lossSum: 0,
      weightSum: 0,
      epochSeconds: 0,
      dataSeconds: 0,
      skippedBatches: 0,
      stoppedEarly: this.#shouldStop(),
    } satisfies Partial<TrainingState>);
    state.finished = state.stoppedEarly || state.epoch === this.#options.epochs;
    await this.#call.onEpoch?.(record);
    const { epochs } = this.#options.checkpointEvery;
    if (state.finished || (epochs !== undefined && state.epoch % epochs === 0)) await this.#save();
  }

  /** Keeps the weights of the epoch if they are the best so far. */
  async #judge(record: EpochRecord): Promise<void> {
    const state = this.#state;
    const figure = this.#figure(record);
    // Written so that NaN is never the best
    if (figure === undefined || !(figure < (state.best ?? Infinity))) return;
    state.best = figure;
    state.bestEpoch = record.epoch;
    const swapBack = this.#average?.swapIn();
    try {
      if (this.#plan.keep === 'best') this.#snapshot();
      if (this.#folder !== undefined) {
        await this.#folder.saveBest(await readWeights(this.#call.model), record);
      }
    } finally {
      swapBack?.();
    }
  }

  /** The monitored figure of an epoch, lower being better; undefined where it was not measured. */
  #figure({ validationLoss, validationPearson }: EpochRecord): number | undefined {
    if (this.#options.monitor === 'validation loss') return validationLoss;
    return validationPearson === undefined ? undefined : -validationPearson;
  }

  #monitored(): number[] {
    return this.#state.history.flatMap((record) => this.#figure(record) ?? []);
  }

  #shouldStop(): boolean {
    const { earlyStopping } = this.#options;
    if (earlyStopping === false) return false;
    const { patience, minEpochs, minDelta } = earlyStopping;
    const waited = validationsSinceBest(this.#monitored(), minDelta);
    return this.#state.history.length >= minEpochs && waited >= patience;
  }

  #snapshot(): void {
    this.#best?.dispose();
    this.#best = new WeightSnapshot(this.#call.model);
  }

  /** Gives the model the weights that are to be kept. */
  #keepWeights(): void {
    if (this.#plan.keep === 'best' && this.#best !== undefined) this.#best.restore();
    else this.#average?.moveIn();
  }

  async #save(): Promise<void> {
    if (this.#folder === undefined) return;
    const none: NamedArrays = {};
    await this.#folder.save({
      state: this.#state,
      fingerprint: this.#fingerprint,
      weights: await readWeights(this.#call.model),
      optimizer: await this.#optimizer.state(),
      average: (await this.#average?.state()) ?? none,
    });
  }

  async #interrupt(): Promise<never> {
    await this.#save();
    throw interruptedTraining(this.#call, this.#state);
  }
}

function isClipping(clip: ClipOptions): boolean {
  return Object.values(clip).some((limit) => limit !== undefined);
}
