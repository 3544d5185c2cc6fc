import { TableView } from '../core/table-view.ts';
import type { ResolvedCriteria } from '../sequence/cluster-criteria.ts';
import type { LeakageAudit } from './leakage-audit-result.ts';

/** The table of an audit: a row a pair of parts, and the verdict under it. */
export function auditView(
  audit: Omit<LeakageAudit, 'criteria' | 'view'>,
  criteria: ResolvedCriteria | undefined,
): TableView {
  const sizes = new Map(audit.parts.map(({ part, sequences }) => [part, sequences]));
  const rows = audit.pairs.map((pair) => {
    const total = pair.exact + pair.reverseComplement + pair.near;
    const size = sizes.get(pair.part) ?? 0;
    return {
      part: pair.part,
      sequences: size,
      'found in': pair.other,
      exact: pair.exact,
      'reverse complement': pair.reverseComplement,
      near: criteria === undefined ? null : pair.near,
      'share (%)': size === 0 ? 0 : (100 * total) / size,
      status: total === 0 ? 'ok' : pair.leak ? 'error' : 'warning',
    };
  });
  const { parts, spanningClusters } = audit;
  const judged = parts
    .filter(({ evaluation }) => evaluation)
    .map(
      ({ part, affected, sequences, affectedShare }) =>
        `${part} ${affected.toLocaleString('en-US')} of ${sequences.toLocaleString('en-US')} (${(100 * affectedShare).toFixed(1)} %)`,
    );
  const near =
    criteria === undefined
      ? 'near duplicates were not looked for'
      : `near: identity ≥ ${String(criteria.identity)} over ≥ ${String(criteria.coverage)} of ${criteria.coverageOf === 'both' ? 'both' : 'the shorter one'}`;
  const verdict =
    audit.verdict === 'clean'
      ? 'Clean: no evaluation part shares a sequence with another part'
      : `Leaking: ${judged.join(', ')} with a like in another part; ${spanningClusters.toLocaleString('en-US')} clusters span parts`;
  return new TableView('Leakage audit', Object.keys(rows[0] ?? {}), rows, {
    note: `${verdict} (${near}).`,
  });
}
