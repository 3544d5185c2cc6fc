import { throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import { countUnknown, gcContent } from '../sequence/composition.ts';
import type { TargetTransform } from './target-transform.ts';
import type { Dataset } from './dataset.ts';
import { similarSequencePairs } from './similar-sequences.ts';
import { partOfExamples, splitParts, type Split, type SplitPart } from './split.ts';

/** Mean and spread of some numbers; all NaN where there are none. */
export interface Distribution {
  readonly mean: number;
  /** Population standard deviation. */
  readonly standardDeviation: number;
  readonly minimum: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly maximum: number;
}

/** What one part of a dataset holds. */
export interface DataCardPart {
  /** `all` where no split was given. */
  readonly part: SplitPart | 'all';
  readonly examples: number;
  /** Share of G and C among known bases, of each sequence. */
  readonly gc: Distribution;
  readonly unknownBases: number;
  /** Sequences with an unknown base. */
  readonly sequencesWithUnknown: number;
  /** Undefined where the dataset has no target. */
  readonly target: Distribution | undefined;
  /** Examples whose sequence occurs earlier in the same part. */
  readonly duplicatesWithin: number;
  /** Examples whose sequence occurs in another part, too. */
  readonly duplicatesAcross: number;
  /** Examples similar to one in another part; undefined where it was not asked for. */
  readonly nearDuplicatesAcross: number | undefined;
}

/** What a dataset holds, part by part. */
export interface DataCard {
  readonly parts: readonly DataCardPart[];
  /** Length of the sequences in bases. */
  readonly sequenceLength: number;
  /** Names of groups of equal sequences that stand in more than one part; the first 20. */
  readonly duplicateGroups: readonly (readonly string[])[];
  /** The table that a person reads. */
  readonly view: TableView;
}

/** Options of `dataCard`. */
export interface DataCardOptions extends LongWorkOptions {
  /** Default: one part with all examples. */
  readonly split?: Split;
  /** Which token input to describe. Default: the first. */
  readonly input?: string;
  /** Which target to describe. Default: the first. */
  readonly target?: string;
  /** Undoes the standardisation of the target, so that the card shows, say, log10 values. */
  readonly targetTransform?: TargetTransform;
  /** Looks for similar sequences, too: options as in `similarSequencePairs`. Default: does not. */
  readonly nearDuplicates?: { readonly k?: number; readonly threshold?: number } | false;
}

/** Describes some numbers; quartiles are linear between neighbours, as in NumPy. */
export function describe(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  const quantile = (share: number): number => {
    const position = share * (sorted.length - 1);
    const lower = sorted[Math.floor(position)] ?? NaN;
    const upper = sorted[Math.ceil(position)] ?? NaN;
    return lower + (upper - lower) * (position - Math.floor(position));
  };
  return {
    mean,
    standardDeviation: Math.sqrt(variance),
    minimum: quantile(0),
    lowerQuartile: quantile(0.25),
    median: quantile(0.5),
    upperQuartile: quantile(0.75),
    maximum: quantile(1),
  };
}

function chosen(where: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  throw new UsageError({ where, found: `'${name}'`, fix: suggestion(name, known) });
}

function tokenInput(dataset: Dataset, wanted: string | undefined): string {
  const names = Object.keys(dataset.inputs).filter(
    (name) => dataset.inputs[name]?.kind === 'tokens',
  );
  const [first] = names;
  if (first === undefined) {
    throw new UsageError({
      where: 'dataCard',
      found: 'a dataset without tokens',
      expected: 'an input of kind tokens',
    });
  }
  return wanted === undefined ? first : chosen('dataCard, input', wanted, names);
}

/**
 * What a dataset holds before anything is trained on it: numbers, GC, unknown bases, targets, and
 * whether sequences occur twice, above all on both sides of the split.
 *
 * @example
 * const card = await dataCard(data.dataset, { split: data.split, nearDuplicates: { threshold: 0.5 } });
 * card.view.show();
 */
export async function dataCard(dataset: Dataset, options: DataCardOptions = {}): Promise<DataCard> {
  const { split, nearDuplicates = false, signal, progress } = options;
  const input = tokenInput(dataset, options.input);
  const targetName = options.target ?? dataset.targetNames[0];
  const targetColumn =
    targetName === undefined
      ? -1
      : dataset.targetNames.indexOf(chosen('dataCard, target', targetName, dataset.targetNames));
  const sequences: Uint8Array[] = [];
  const targets: number[] = [];
  let lastYield = performance.now();
  for (let index = 0; index < dataset.length; index++) {
    const example = dataset.example(index);
    sequences.push(Uint8Array.from(example.inputs[input] ?? []));
    if (targetColumn >= 0) {
      const target = example.target?.[targetColumn] ?? NaN;
      targets.push(options.targetTransform?.unstandardise([target])[0] ?? target);
    }
    if (performance.now() - lastYield > 20) {
      const total = dataset.length;
      progress?.({ task: 'data card', done: index, total, unit: 'examples' });
      await yieldToEventLoop();
      throwIfAborted(signal, 'data card');
      lastYield = performance.now();
    }
  }
  const partOf: (DataCardPart['part'] | undefined)[] =
    split === undefined
      ? sequences.map(() => 'all' as const)
      : partOfExamples(split, dataset.length);
  const groups = groupEqual(sequences);
  const acrossNear = new Set<number>();
  if (nearDuplicates !== false) {
    const pairs = await similarSequencePairs(sequences, { ...nearDuplicates, signal, progress });
    for (const { first, second } of pairs) {
      const [a, b] = [partOf[first], partOf[second]];
      if (a === undefined || b === undefined || a === b) continue;
      acrossNear.add(first).add(second);
    }
  }
  const names = split === undefined ? (['all'] as const) : splitParts;
  const parts = names.map((part): DataCardPart => {
    const members = [...sequences.keys()].filter((index) => partOf[index] === part);
    const own = members.map((index) => sequences[index] ?? new Uint8Array(0));
    const unknown = own.map((tokens) => countUnknown(tokens));
    const repeats = countRepeats(groups, partOf, part);
    return {
      part,
      examples: members.length,
      gc: describe(own.map(gcContent).filter((share) => !Number.isNaN(share))),
      unknownBases: unknown.reduce((sum, count) => sum + count, 0),
      sequencesWithUnknown: unknown.filter((count) => count > 0).length,
      target:
        targetColumn < 0 ? undefined : describe(members.map((index) => targets[index] ?? NaN)),
      duplicatesWithin: repeats.within,
      duplicatesAcross: repeats.across,
      nearDuplicatesAcross:
        nearDuplicates === false ? undefined : members.filter((i) => acrossNear.has(i)).length,
    };
  });
  const crossing = groups.filter((group) => new Set(group.map((i) => partOf[i])).size > 1);
  const sequenceLength = dataset.inputs[input]?.shape[0] ?? 0;
  return {
    parts,
    sequenceLength,
    duplicateGroups: crossing.slice(0, 20).map((group) => group.map((i) => dataset.ids[i] ?? '')),
    view: cardView(parts, sequenceLength, targetName),
  };
}

/** Groups of two and more examples with the same sequence. */
function groupEqual(sequences: readonly Uint8Array[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, tokens] of sequences.entries()) {
    const text = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.length).toString('latin1');
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [index]);
    else group.push(index);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function countRepeats(
  groups: readonly (readonly number[])[],
  partOf: readonly (DataCardPart['part'] | undefined)[],
  part: DataCardPart['part'],
): { within: number; across: number } {
  let within = 0;
  let across = 0;
  for (const group of groups) {
    const own = group.filter((index) => partOf[index] === part).length;
    const others = group.filter((index) => partOf[index] !== undefined).length - own;
    within += Math.max(0, own - 1);
    if (others > 0) across += own;
  }
  return { within, across };
}

function cardView(
  parts: readonly DataCardPart[],
  sequenceLength: number,
  targetName: string | undefined,
): TableView {
  const rows = parts.map((part) => ({
    part: part.part,
    examples: part.examples,
    'length (bp)': sequenceLength,
    'GC mean': part.gc.mean,
    'GC sd': part.gc.standardDeviation,
    'unknown bases': part.unknownBases,
    ...(part.target === undefined
      ? {}
      : {
          [`${targetName ?? ''} mean`]: part.target.mean,
          [`${targetName ?? ''} sd`]: part.target.standardDeviation,
          [`${targetName ?? ''} min`]: part.target.minimum,
          [`${targetName ?? ''} median`]: part.target.median,
          [`${targetName ?? ''} max`]: part.target.maximum,
        }),
    'duplicates within': part.duplicatesWithin,
    'duplicates across': part.duplicatesAcross,
    ...(part.nearDuplicatesAcross === undefined
      ? {}
      : { 'near duplicates across': part.nearDuplicatesAcross }),
  }));
  return new TableView('Data card', Object.keys(rows[0] ?? {}), rows);
}
