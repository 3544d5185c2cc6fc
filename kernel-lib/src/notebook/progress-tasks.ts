import type { ProgressEvent } from '../core/progress.ts';

/** One task as a progress display shows it. */
export interface TaskState {
  readonly event: ProgressEvent;
  /** Seconds since its first event. */
  readonly seconds: number;
  /** Whether all its units are done. */
  readonly finished: boolean;
  /** Units a second: the reporter's figure, or the mean since the first event. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
}

/** Follows several tasks by their events; rates and times that events lack are computed. */
export class ProgressTasks {
  readonly #tasks = new Map<string, { first: ProgressEvent; start: number; state: TaskState }>();
  readonly #now: () => number;

  /** @param now a clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  update(event: ProgressEvent): TaskState {
    const now = this.#now();
    const known = this.#tasks.get(event.task);
    // A task that counts from the beginning again was started again.
    const again = known === undefined || event.done < known.state.event.done;
    const start = again ? now : known.start;
    const first = again ? event : known.first;
    const seconds = (now - start) / 1000;
    const finished = event.total !== undefined && event.done >= event.total;
    const measured = seconds > 0 ? (event.done - first.done) / seconds : 0;
    const rate = event.rate ?? (measured > 0 ? measured : undefined);
    const left =
      event.total !== undefined && rate !== undefined && rate > 0 && !finished
        ? (event.total - event.done) / rate
        : undefined;
    const secondsLeft = finished ? undefined : (event.secondsLeft ?? left);
    const state = { event, seconds, finished, rate, secondsLeft };
    this.#tasks.set(event.task, { first, start, state });
    return state;
  }

  has(task: string): boolean {
    return this.#tasks.has(task);
  }

  get states(): TaskState[] {
    return [...this.#tasks.values()].map(({ state }) => state);
  }
}

/** Seconds as a person says them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function formatCount(count: number): string {
  return Number.isInteger(count) ? count.toLocaleString('en-US') : count.toFixed(1);
}

/** `2,640/4,190 examples`, or `2,640 examples` where the total is not known. */
export function formatDone({ done, total, unit }: ProgressEvent): string {
  const of = total === undefined || total === done ? '' : `/${formatCount(total)}`;
  return `${formatCount(done)}${of} ${unit}`;
}

/** Rate, time and values, each a short text. */
export function formatDetails({
  event,
  seconds,
  finished,
  rate,
  secondsLeft,
}: TaskState): string[] {
  const details: string[] = [];
  if (finished && seconds > 0.05) details.push(`in ${formatSeconds(seconds)}`);
  if (rate !== undefined && rate > 0) details.push(formatRate(rate, event.unit));
  if (secondsLeft !== undefined) details.push(`${formatSeconds(secondsLeft)} left`);
  for (const [name, value] of Object.entries(event.values ?? {})) {
    details.push(`${name} ${formatValue(value)}`);
  }
  return details;
}

function formatRate(rate: number, unit: string): string {
  // Below one a second the time that one takes says more.
  if (rate < 1) return `${formatSeconds(1 / rate)} each`;
  return `${rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate))} ${unit}/s`;
}

function formatValue(value: number): string {
  if (Number.isInteger(value)) return formatCount(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e4 ? value.toPrecision(4) : value.toExponential(2);
}

/** The share that is done, from 0 to 1; undefined where the total is not known. */
export function fractionDone({ done, total }: ProgressEvent): number | undefined {
  if (total === undefined || total <= 0) return undefined;
  return Math.min(1, Math.max(0, done / total));
}

/** A bar of `width` characters. */
export function textBar(fraction: number, width: number): string {
  const full = Math.round(fraction * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** One line for a task. */
export function taskLine(state: TaskState, barWidth: number): string {
  const { event, finished } = state;
  const fraction = fractionDone(event);
  const parts = [event.task];
  if (finished) parts.push('✓');
  else if (fraction !== undefined) {
    parts.push(textBar(fraction, barWidth), `${Math.floor(fraction * 100)} %`);
  }
  return [...parts, [formatDone(event), ...formatDetails(state)].join(' · ')].join(' ');
}
