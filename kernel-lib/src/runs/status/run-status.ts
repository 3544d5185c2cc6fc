import type { ProgressEvent } from '../../core/progress.ts';
import { parseMark } from '../../core/process-mark.ts';

/** The file in a run folder that tells how far the run is. */
export const STATUS_FILE = 'status.json';

const FORMAT = 'tatabox run 1';

/** How it stands with a run. */
export type RunState = 'running' | 'finished' | 'failed' | 'interrupted';

/** What never changes while a run goes on. */
export interface RunFacts {
  readonly mode: string;
  readonly name: string;
  /** Absolute path of the config file that it was started with. */
  readonly config: string;
  /** Values that replaced those of the config, as `training.epochs=5`; a resume needs them again. */
  readonly overrides: readonly string[];
  /** Epochs to be trained, at most; undefined for a mode that does not train. */
  readonly epochs: number | undefined;
}

/** `status.json`, as the process of the run wrote it last: it may have been killed since. */
export interface RunStatus extends RunFacts {
  readonly state: RunState;
  /** See `ProcessMark`. */
  readonly process: string;
  /** Times by ISO 8601; the start is that of the last start or resume. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** The last event of each task, the newest last. */
  readonly progress: readonly ProgressEvent[];
  /** Why it failed. */
  readonly error: string | undefined;
}

/** The text of `status.json`. */
export function formatRunStatus(status: RunStatus): string {
  return `${JSON.stringify({ format: FORMAT, ...status }, null, 2)}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object as its fields; empty for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

/** Members of an object that are finite numbers. */
export function numbersOf(value: unknown): Record<string, number> {
  const numbers = Object.entries(fieldsOf(value)).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
  );
  return Object.fromEntries(numbers);
}

function eventOf(value: unknown): ProgressEvent[] {
  const { task, unit, values } = fieldsOf(value);
  const { done, total, rate, secondsLeft } = numbersOf(value);
  if (typeof task !== 'string' || typeof unit !== 'string' || done === undefined) return [];
  return [
    {
      task,
      unit,
      done,
      ...(total === undefined ? {} : { total }),
      ...(values === undefined ? {} : { values: numbersOf(values) }),
      ...(rate === undefined ? {} : { rate }),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    },
  ];
}

const STATES: readonly unknown[] = ['running', 'finished', 'failed', 'interrupted'];

/** A status as it was written; undefined for other or damaged text. */
export function parseRunStatus(text: string): RunStatus | undefined {
  let fields: Fields;
  try {
    fields = fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
  const { format, state, mode, name, config, overrides, process, progress, error } = fields;
  const { startedAt, updatedAt } = fields;
  if (format !== FORMAT || !STATES.includes(state)) return undefined;
  if (typeof mode !== 'string' || typeof name !== 'string' || typeof config !== 'string') {
    return undefined;
  }
  if (typeof process !== 'string' || parseMark(process) === undefined) return undefined;
  if (typeof startedAt !== 'string' || typeof updatedAt !== 'string') return undefined;
  return {
    state: state as RunState,
    mode,
    name,
    config,
    overrides: Array.isArray(overrides)
      ? overrides.filter((each): each is string => typeof each === 'string')
      : [],
    epochs: numbersOf(fields)['epochs'],
    process,
    startedAt,
    updatedAt,
    progress: Array.isArray(progress) ? progress.flatMap(eventOf) : [],
    error: typeof error === 'string' ? error : undefined,
  };
}
