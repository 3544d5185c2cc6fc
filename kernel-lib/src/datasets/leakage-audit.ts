import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { AuditLedger } from './leakage-audit-ledger.ts';
import {
  resolveAuditOptions,
  type AuditPart,
  type LeakageAuditOptions,
} from './leakage-audit-options.ts';
import type { LeakageAudit } from './leakage-audit-result.ts';
import { auditView } from './leakage-audit-view.ts';

export type { AuditPart, AuditRecord, LeakageAuditOptions } from './leakage-audit-options.ts';
export type {
  AuditedPair,
  AuditedPart,
  LeakageAudit,
  LeakageExample,
  LeakageKind,
} from './leakage-audit-result.ts';

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
