import { access, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { removeLeftOvers } from '../core/temporary-file.ts';
import { readSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import type { NamedArrays } from './optimizer.ts';
import type { TrainingLogPosition } from './training-log.ts';
import type { TrainingFingerprint, TrainingState } from './training-state.ts';

/** A training at one moment, as it lies in `checkpoints/last.safetensors`. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly fingerprint: TrainingFingerprint;
  readonly log: TrainingLogPosition;
  /** All weights of the model. */
  readonly weights: NamedArrays;
  readonly optimizer: NamedArrays;
  /** Moving averages of the trained weights, where there are any. */
  readonly average: NamedArrays;
}

const FORMAT = 'tatabox training checkpoint 1';
const PARTS = ['weights', 'optimizer', 'average'] as const;

/** The file of the last or the best checkpoint of a training folder. */
export function checkpointFile(folder: string, which: 'last' | 'best'): string {
  return path.join(folder, 'checkpoints', `${which}.safetensors`);
}

/** Whether there is a checkpoint to resume from. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  return access(checkpointFile(folder, 'last')).then(
    () => true,
    () => false,
  );
}

/** Removes what a process that was killed while it wrote a checkpoint left behind. */
export async function removeUnfinishedCheckpoints(folder: string): Promise<void> {
  const checkpoints = path.dirname(checkpointFile(folder, 'last'));
  await removeLeftOvers(checkpoints);
  // Earlier versions did not name the process; nobody else writes here while the folder is locked.
  const names = await readdir(checkpoints).catch(() => []);
  for (const name of names) {
    if (/^\.(last|best)\.safetensors\.\w+\.tmp$/.test(name)) await rm(path.join(checkpoints, name));
  }
}

/** Writes the checkpoint from which a training resumes: complete or not at all. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const tensors: NamedArrays = {};
  for (const part of PARTS) {
    for (const [name, values] of Object.entries(checkpoint[part])) {
      tensors[`${part}/${name}`] = values;
    }
  }
  const { state, fingerprint, log } = checkpoint;
  await writeSafetensors(checkpointFile(folder, 'last'), tensors, {
    format: FORMAT,
    state: JSON.stringify(state),
    fingerprint: JSON.stringify(fingerprint),
    log: JSON.stringify(log),
  });
}

/** @throws InputError when the file is no checkpoint of this library or is damaged */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const file = checkpointFile(folder, 'last');
  const { tensors, metadata } = await readTensors(file);
  const { format, state, fingerprint, log } = metadata;
  if (format !== FORMAT || state === undefined || fingerprint === undefined || log === undefined) {
    throw new InputError({
      where: file,
      found: format === undefined ? 'no training state' : `format '${format}'`,
      expected: FORMAT,
    });
  }
  const parts: Record<(typeof PARTS)[number], NamedArrays> = {
    weights: {},
    optimizer: {},
    average: {},
  };
  for (const [name, values] of Object.entries(tensors)) {
    for (const part of PARTS) {
      if (name.startsWith(`${part}/`)) parts[part][name.slice(part.length + 1)] = values;
    }
  }
  const parsed = (name: string, text: string): unknown =>
    parseJson(text, `${file}, ${name}`, { expected: FORMAT, fix: DAMAGED });
  const saved = parsed('state', state) as TrainingState;
  requireState(file, saved);
  return {
    state: saved,
    fingerprint: requireObject(file, parsed('fingerprint', fingerprint)) as TrainingFingerprint,
    log: requirePosition(file, parsed('log', log)),
    ...parts,
  };
}

const DAMAGED =
  'It was damaged: train into another folder, or remove its checkpoints to begin anew.';

function requireObject(file: string, value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new InputError({ where: file, found: 'no object', expected: FORMAT, fix: DAMAGED });
}

/** What the loop counts with; figures of the epochs are only shown. */
const COUNTS = ['epoch', 'position', 'step', 'batch'] as const;

function requireState(file: string, value: unknown): void {
  const state = requireObject(file, value) as Partial<TrainingState>;
  const wrong = COUNTS.find(
    (name) => !Number.isSafeInteger(state[name]) || (state[name] ?? -1) < 0,
  );
  if (wrong === undefined && Array.isArray(state.history)) return;
  const name = wrong ?? 'history';
  throw new InputError({
    where: `${file}, state`,
    found: `${name} is ${JSON.stringify(state[name]) ?? 'missing'}`,
    expected: wrong === undefined ? 'a list of epochs' : 'a whole number',
    fix: DAMAGED,
  });
}

function requirePosition(file: string, value: unknown): TrainingLogPosition {
  const position = requireObject(file, value) as Partial<TrainingLogPosition>;
  const { metricsBytes, eventsBytes, eventsFile } = position;
  const isCount = (bytes: number | undefined): boolean =>
    Number.isSafeInteger(bytes) && (bytes ?? -1) >= 0;
  // A name with a path in it would have a file elsewhere cut off.
  const isName =
    typeof eventsFile === 'string' && /^events\.out\.tfevents\.[\w.-]+$/.test(eventsFile);
  if (isCount(metricsBytes) && isCount(eventsBytes) && isName)
    return position as TrainingLogPosition;
  throw new InputError({
    where: `${file}, log`,
    found: JSON.stringify(value).slice(0, 200),
    expected: 'metricsBytes, eventsBytes and the name of an events file',
    fix: DAMAGED,
  });
}

/** Writes the weights of the best epoch: a plain safetensors file under the model's own names. */
export async function writeBestWeights(
  folder: string,
  weights: NamedArrays,
  about: { epoch: number; step: number },
): Promise<void> {
  await writeSafetensors(checkpointFile(folder, 'best'), weights, {
    epoch: String(about.epoch),
    step: String(about.step),
  });
}

/** The weights of the best epoch. */
export async function readBestWeights(folder: string): Promise<NamedArrays> {
  return (await readTensors(checkpointFile(folder, 'best'))).tensors;
}

async function readTensors(
  file: string,
): Promise<{ tensors: NamedArrays; metadata: Readonly<Record<string, string>> }> {
  const { tensors, metadata } = await readSafetensors(file);
  const arrays: NamedArrays = {};
  for (const [name, { dtype, shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) {
      throw new InputError({
        where: file,
        found: `'${name}' of type ${dtype}`,
        expected: 'F32',
      });
    }
    arrays[name] = { shape, data };
  }
  return { tensors: arrays, metadata };
}
