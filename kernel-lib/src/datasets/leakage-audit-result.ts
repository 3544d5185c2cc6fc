import type { TableView } from '../core/table-view.ts';
import type { ResolvedCriteria } from '../sequence/cluster-criteria.ts';

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
