import type { RunSummary } from 'tatabox/runs/status/read-run.ts';

/** Figures that a run is known by, the best known first; beside each how it is written. */
const MAIN_FIGURES: readonly (readonly [name: string, label: string])[] = [
  ['pearson', 'r'],
  ['accuracy', 'accuracy'],
  ['perplexity', 'perplexity'],
  ['r2', 'R²'],
  ['mse', 'MSE'],
];

/** A figure as people write it: three digits that count. */
export function figureText(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** The figure that a finished run is known by, as `test r 0.594`; undefined for one without. */
export function mainFigure({ metrics }: RunSummary): string | undefined {
  if (metrics?.part === undefined) return undefined;
  const { part, values } = metrics;
  for (const [name, label] of MAIN_FIGURES) {
    const value = values[name];
    if (value !== undefined) return `${part} ${label} ${figureText(value)}`;
  }
  return undefined;
}

/** How long ago something was, as `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function ageText(time: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - time.getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${String(minutes)} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ago`;
  const days = Math.floor(hours / 24);
  return days < 365 ? `${String(days)} d ago` : time.toISOString().slice(0, 10);
}

/** A length of time, as `12 s`, `3 min`, `2 h 10 min`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${String(Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** The task of training a single network. */
const ONE_NETWORK = /^training( of 1 models)?$/;

/** How far a running run is, as `epoch 3 of 12, loss 0.61, 4 min left`. */
export function liveText(run: RunSummary): string {
  const event = run.progress.at(-1);
  if (event === undefined) return 'starting';
  const { task, done, total, unit, values, secondsLeft } = event;
  const parts: string[] = [];
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, done / total);
  // Of several networks some may not have begun: there is no one epoch that they are in.
  if (ONE_NETWORK.test(task) && run.epochs !== undefined && share !== undefined) {
    const epoch = Math.min(run.epochs, Math.floor(share * run.epochs) + 1);
    parts.push(`epoch ${String(epoch)} of ${String(run.epochs)}`);
  } else if (share !== undefined) parts.push(`${task} ${String(Math.floor(100 * share))} %`);
  else parts.push(`${task}: ${done.toLocaleString('en-US')} ${unit}`);
  const loss = values?.['loss'];
  if (loss !== undefined) parts.push(`loss ${figureText(loss)}`);
  if (secondsLeft !== undefined && secondsLeft > 0 && share !== 1) {
    parts.push(`${durationText(secondsLeft)} left`);
  }
  return parts.join(', ');
}

/** What stands behind a run's name in the tree. */
export function descriptionOf(run: RunSummary, now = new Date()): string {
  if (run.state === 'running') return liveText(run);
  const age = ageText(run.updatedAt, now);
  if (run.state === 'finished') return [mainFigure(run), age].filter(Boolean).join(', ');
  const epoch = run.epoch?.['epoch'];
  const far = epoch === undefined ? undefined : `after epoch ${String(epoch)}`;
  return [[run.state, far].filter(Boolean).join(' '), age].join(', ');
}

/** Name and value of what a tooltip tells; plain text, for names are from files. */
export function detailsOf(run: RunSummary): (readonly [name: string, value: string])[] {
  const details: (readonly [string, string])[] = [['State', run.state]];
  if (run.error !== undefined) details.push(['Error', run.error]);
  if (run.mode !== undefined) details.push(['Mode', run.mode]);
  if (run.state === 'running') details.push(['Progress', liveText(run)]);
  details.push(['Started', run.startedAt.toLocaleString('en-GB')]);
  if (run.seconds !== undefined) details.push(['Took', durationText(run.seconds)]);
  const { epoch, metrics } = run;
  if (epoch !== undefined) {
    const { epoch: number, trainLoss, validationLoss } = epoch;
    const losses = [
      ['loss', trainLoss] as const,
      ['validation loss', validationLoss] as const,
    ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${figureText(value)}`]));
    details.push(['Last epoch', [String(number), ...losses].join(', ')]);
  }
  const figures = Object.entries(metrics?.values ?? {}).slice(0, 12);
  if (figures.length > 0) {
    const text = figures.map(([name, value]) => `${name} ${figureText(value)}`).join(', ');
    details.push([metrics?.part === undefined ? 'Result' : `On the ${metrics.part} part`, text]);
  }
  if (run.overrides.length > 0) details.push(['Changed', run.overrides.join(' ')]);
  if (run.config !== undefined) details.push(['Config', run.config]);
  details.push(['Folder', run.folder]);
  return details;
}
