import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import {
  CRITERIA_NAMES,
  resolveCriteria,
  type ResolvedCriteria,
  type SimilarityCriteria,
} from '../sequence/cluster-criteria.ts';

/** A sequence of a part, with the name that the report shows. */
export interface AuditRecord {
  readonly id: string;
  /** Letters in either case, or DNA tokens. */
  readonly sequence: string | Uint8Array;
}

/** The sequences of one part, all at once or one after the other. */
export type AuditPart = Iterable<AuditRecord> | AsyncIterable<AuditRecord>;

/** Options of `leakageAudit`. */
export interface LeakageAuditOptions extends SimilarityCriteria, LongWorkOptions {
  /**
   * The parts by name, for example `{ train, validation, test, pretraining }`; two at least. The
   * last one is streamed: it is never held in memory, so give the largest last.
   */
  readonly parts: Readonly<Record<string, AuditPart>>;
  /**
   * Parts that judge a model. A sequence of theirs that resembles one of another part is a leak.
   * Default: those named test, testing, validation, valid, val, dev or evaluation; all parts where
   * there is none of these.
   */
  readonly evaluation?: readonly string[];
  /** Whether to look for near duplicates as well as for equal sequences. Default true. */
  readonly near?: boolean;
  /** Pairs that are shown of each kind and pair of parts. Default 5. */
  readonly examples?: number;
}

/** Names of parts that judge a model without being told. */
const EVALUATION = /^(test|testing|validation|valid|val|dev|eval|evaluation)$/i;
/** Parts that one number has two bits for. */
const MOST_PARTS = 16;

/** Options with all defaults filled in. */
export interface ResolvedAuditOptions {
  readonly names: readonly string[];
  readonly evaluation: readonly boolean[];
  readonly criteria: ResolvedCriteria;
  readonly near: boolean;
  readonly examples: number;
}

/**
 * Fills in defaults and checks.
 *
 * @throws UsageError
 */
export function resolveAuditOptions(options: LeakageAuditOptions): ResolvedAuditOptions {
  const where = 'leakageAudit';
  checkOptionNames(
    options,
    [...CRITERIA_NAMES, 'parts', 'evaluation', 'near', 'examples', 'signal', 'progress'],
    where,
  );
  const { parts, near = true, examples = 5 } = options;
  const names = Object.keys(parts);
  if (names.length < 2 || names.length > MOST_PARTS) {
    throw new UsageError({
      where: `${where}, parts`,
      found: `${String(names.length)} part${names.length === 1 ? '' : 's'}`,
      expected: `from 2 to ${String(MOST_PARTS)}, for example train and test`,
    });
  }
  if (!Number.isSafeInteger(examples) || examples < 0) {
    throw new UsageError({
      where: `${where}, examples`,
      found: String(examples),
      expected: 'a whole number from 0',
    });
  }
  const unknown = options.evaluation?.find((name) => !names.includes(name));
  if (unknown !== undefined || options.evaluation?.length === 0) {
    throw new UsageError({
      where: `${where}, evaluation`,
      found: unknown === undefined ? 'no part' : `'${unknown}'`,
      expected: `some of ${names.join(', ')}`,
    });
  }
  const usual = names.filter((name) => EVALUATION.test(name));
  const judging = options.evaluation ?? (usual.length > 0 ? usual : names);
  return {
    names,
    evaluation: names.map((name) => judging.includes(name)),
    criteria: resolveCriteria(where, options),
    near,
    examples,
  };
}
