import {
  auditJson,
  leakageAudit,
  type AuditPart,
  type LeakageAudit,
  type LeakageAuditOptions,
} from '../datasets/leakage-audit.ts';
import type { SequenceRecordOptions } from '../datasets/sequence-records.ts';
import { auditFile } from './run-audit.ts';
import type { RunResult } from './run-result.ts';

/** Audits files; see `leakageAudit`. */
export function auditFiles(
  files: Readonly<Record<string, string>>,
  columns: SequenceRecordOptions,
  options: Omit<LeakageAuditOptions, 'parts'>,
): Promise<LeakageAudit> {
  const parts: Record<string, AuditPart> = {};
  for (const [part, file] of Object.entries(files)) parts[part] = auditFile(file, columns);
  return leakageAudit({ ...options, parts });
}

/** What an audit prints: its table and, with `--json`, counts without the names to drop. */
export function auditResult(audit: LeakageAudit, files: readonly string[]): RunResult {
  const { drop, ...json } = auditJson(audit) as LeakageAudit;
  const dropped = Object.fromEntries(Object.entries(drop).map(([part, ids]) => [part, ids.length]));
  return { text: audit.view.toText(), json: { ...json, drop: dropped, files } };
}
