import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import type { TableView } from '../core/table-view.ts';
import type { ResolvedCriteria } from '../sequence/cluster-criteria.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { AuditLedger } from './leakage-audit-ledger.ts';
import {
  resolveAuditOptions,
  type AuditPart,
  type LeakageAuditOptions,
} from './leakage-audit-options.ts';
import { auditView } from './leakage-audit-view.ts';

export type { AuditPart, AuditRecord, LeakageAuditOptions } from './leakage-audit-options.ts';

/** How two sequences are alike; the first that holds, in this order. */
export type LeakageKind = 'exact' | 'reverse complement' | 'near';

/** What one part holds. */
export interface AuditedPart {
  readonly part: string;
  /** Whether it judges a model. */
  readonly evaluation: boolean;
  readonly sequences: number;
  /** Sequences without a known base, which are not compared. */
  readonly unusable: number;
  /** Sequences that leak: of an evaluation part, those that resemble one of any other part; of another part, those that resemble one of an evaluation part. */
  readonly affected: number;
  /** Affected ones / sequences; 0 where there are none. */
  readonly affectedShare: number;
}

/** How many sequences of one part have a like in another part, by the closest like. */
export interface AuditedPair {
  /** The part whose sequences are counted. */
  readonly part: string;
  /** The part that they have a like in. */
  readonly other: string;
  readonly exact: number;
  readonly reverseComplement: number;
  readonly near: number;
  /** Whether one of the two judges a model, so that these are leaks. */
  readonly leak: boolean;
}

/** Two alike sequences of different parts. */
export interface LeakageExample {
  readonly kind: LeakageKind;
  readonly firstPart: string;
  readonly first: string;
  readonly secondPart: string;
  readonly second: string;
  /** Identity as the criteria define it; 1 for equal ones. */
  readonly identity: number;
}

/** What `leakageAudit` found. */
export interface LeakageAudit {
  /** `leaking` where an evaluation part has a like in another part. */
  readonly verdict: 'clean' | 'leaking';
  readonly parts: readonly AuditedPart[];
  readonly pairs: readonly AuditedPair[];
  /** Groups of alike sequences (single linkage across parts) that stand in two parts and more. */
  readonly spanningClusters: number;
  readonly examples: readonly LeakageExample[];
  /**
   * Names of the sequences to leave out, by part, so that the evaluation parts are clean. Of two
   * evaluation parts the earlier one loses the sequence.
   */
  readonly drop: Readonly<Record<string, readonly string[]>>;
  /** The criteria of near duplicates; undefined where only equal sequences were looked for. */
  readonly criteria: ResolvedCriteria | undefined;
  /** The table that a person reads. */
  readonly view: TableView;
}

/**
 * Whether parts of a data set share sequences: equal ones, reverse complements, and near duplicates
 * (see `clusterByIdentity` for what is near). Letters are compared in upper case, U as T, and every
 * ambiguity code as N. Every pair of parts is compared, within a part nothing is.
 *
 * Memory holds the distinct sequences of all parts but the last, of which it holds 128-bit digests.
 *
 * @throws UsageError for options; InputError for a letter that is no nucleotide code, naming part
 *   and sequence; InterruptedError
 *
 * @example
 * const audit = await leakageAudit({ parts: { train, test, pretraining } });
 * audit.view.show();
 * const clean = withoutLeaks(pretraining, audit.drop['pretraining'] ?? []);
 */
export async function leakageAudit(options: LeakageAuditOptions): Promise<LeakageAudit> {
  const resolved = resolveAuditOptions(options);
  const { signal, progress } = options;
  const ledger = new AuditLedger(resolved);
  throwIfAborted(signal, 'leakage audit');
  let done = 0;
  let lastYield = performance.now();
  for (const [part, name] of resolved.names.entries()) {
    for await (const { id, sequence } of options.parts[name] as AuditPart) {
      ledger.take(part, id, tokensOf(sequence, `part '${name}', sequence '${id}'`));
      done++;
      if (performance.now() - lastYield < 20) continue;
      progress?.({ task: 'leakage audit', done, unit: 'sequences' });
      await yieldToEventLoop();
      throwIfAborted(signal, 'leakage audit');
      lastYield = performance.now();
    }
  }
  const found = ledger.finish();
  const criteria = resolved.near ? resolved.criteria : undefined;
  return { ...found, criteria, view: auditView(found, criteria) };
}

function tokensOf(sequence: string | Uint8Array, where: string): Uint8Array {
  if (typeof sequence === 'string') return encodeSequence(sequence, { where });
  const wrong = sequence.findIndex((token) => token > 4);
  if (wrong < 0) return sequence;
  throw new UsageError({
    where: `${where}, token at position ${String(wrong)}`,
    found: String(sequence[wrong]),
    expected: 'nucleotide tokens 0 to 4',
  });
}

/**
 * The records that an audit does not drop, in their order; works on streams.
 *
 * @param drop names to leave out, from `LeakageAudit.drop`
 */
export async function* withoutLeaks<T extends { readonly id: string }>(
  records: Iterable<T> | AsyncIterable<T>,
  drop: Iterable<string>,
): AsyncGenerator<T, void, undefined> {
  const dropped = new Set(drop);
  for await (const record of records) if (!dropped.has(record.id)) yield record;
}

/** What an audit says as plain JSON. */
export function auditJson(audit: LeakageAudit): object {
  const { view, ...json } = audit;
  void view;
  return json;
}
