import { sequenceDigest } from '../sequence/cluster-duplicates.ts';
import { SimilaritySearch } from '../sequence/cluster-search.ts';
import { findSeeds } from '../sequence/cluster-seeds.ts';
import { reverseComplement } from '../sequence/reverse-complement.ts';
import type { LeakageAudit, LeakageExample, LeakageKind } from './leakage-audit-result.ts';
import type { ResolvedAuditOptions } from './leakage-audit-options.ts';

/** How close the closest like in one part is, in two bits a part. */
const NONE = 0;
const NEAR = 1;
const REVERSE = 2;
const EXACT = 3;
const KINDS: readonly (LeakageKind | undefined)[] = [
  undefined,
  'near',
  'reverse complement',
  'exact',
];

/** One distinct sequence. */
interface Distinct {
  /** Bit p is set where part p has it. */
  parts: number;
  /** Two bits for each part: its closest like there. */
  levels: number;
  /** The first name in each part that has it. */
  readonly names: Map<number, string>;
  /** Number in the similarity search; −1 where it was not added. */
  search: number;
  /** Union-find parent. */
  parent: Distinct | undefined;
}

const newDistinct = (): Distinct => ({
  parts: 0,
  levels: 0,
  names: new Map(),
  search: -1,
  parent: undefined,
});

/** Name and sequence of one record. */
interface Member {
  readonly id: string;
  readonly sequence: Distinct;
}

const levelIn = (levels: number, part: number): number => (levels >>> (2 * part)) & 3;

function raise(sequence: Distinct, part: number, level: number): void {
  const before = levelIn(sequence.levels, part);
  if (level > before) sequence.levels = (sequence.levels ^ ((before ^ level) << (2 * part))) >>> 0;
}

function rootOf(sequence: Distinct): Distinct {
  let at = sequence;
  while (at.parent !== undefined) {
    if (at.parent.parent !== undefined) at.parent = at.parent.parent;
    at = at.parent;
  }
  return at;
}

/** Keeps account of which sequences of which parts are alike. */
export class AuditLedger {
  readonly #options: ResolvedAuditOptions;
  readonly #search: SimilaritySearch;
  readonly #distinct = new Map<string, Distinct>();
  readonly #searched: Distinct[] = [];
  readonly #members: Member[][];
  readonly #sizes: number[];
  readonly #unusable: number[];
  /** What stands for all sequences of the last part that resemble nothing: no memory for each. */
  readonly #unlike: Distinct;
  readonly #examples: LeakageExample[] = [];
  readonly #shown = new Map<string, number>();

  constructor(options: ResolvedAuditOptions) {
    this.#options = options;
    this.#search = new SimilaritySearch(options.criteria);
    this.#members = options.names.map(() => []);
    this.#sizes = options.names.map(() => 0);
    this.#unusable = options.names.map(() => 0);
    this.#unlike = { ...newDistinct(), parts: 1 << (options.names.length - 1) };
  }

  /** Takes the next record; parts come one after the other. */
  take(part: number, id: string, tokens: Uint8Array): void {
    this.#sizes[part] = (this.#sizes[part] ?? 0) + 1;
    if (tokens.every((token) => token > 3)) {
      this.#unusable[part] = (this.#unusable[part] ?? 0) + 1;
      return;
    }
    const digest = sequenceDigest(tokens);
    const own = this.#distinct.get(digest) ?? newDistinct();
    // A repeat within the part says nothing new.
    if ((own.parts & (1 << part)) === 0) this.#compare(part, id, tokens, own);
    const isLast = part === this.#options.names.length - 1;
    this.#distinct.set(digest, isLast && own.levels === 0 ? this.#unlike : own);
    if (!isLast || own.levels !== 0) this.#members[part]?.push({ id, sequence: own });
  }

  #compare(part: number, id: string, tokens: Uint8Array, own: Distinct): void {
    for (const other of own.names.keys()) this.#relate(own, other, own, part, id, EXACT, 1);
    own.parts |= 1 << part;
    own.names.set(part, id);
    if (this.#options.criteria.strand === 'both') {
      const twin = this.#distinct.get(sequenceDigest(reverseComplement(tokens)));
      if (twin !== undefined && twin !== own) this.#relateAll(twin, own, part, id, REVERSE, 1);
    }
    if (this.#options.near) this.#findNear(part, id, tokens, own);
  }

  #findNear(part: number, id: string, tokens: Uint8Array, own: Distinct): void {
    const seeds = findSeeds(tokens);
    const saysNothing = (number: number): boolean => {
      const like = this.#searched[number] as Distinct;
      if (like === own || (like.parts & ~(1 << part)) === 0) return true;
      if (levelIn(like.levels, part) === NONE || rootOf(like) !== rootOf(own)) return false;
      for (const other of like.names.keys()) {
        if (other !== part && levelIn(own.levels, other) === NONE) return false;
      }
      return true;
    };
    for (const { sequence, identity } of this.#search.find(tokens, seeds, saysNothing)) {
      this.#relateAll(this.#searched[sequence] as Distinct, own, part, id, NEAR, identity);
    }
    // Nothing comes after the last part.
    if (own.search >= 0 || part === this.#options.names.length - 1) return;
    own.search = this.#searched.length;
    this.#searched.push(own);
    this.#search.add(tokens, seeds);
  }

  #relateAll(
    like: Distinct,
    own: Distinct,
    part: number,
    id: string,
    level: number,
    identity: number,
  ): void {
    for (const other of like.names.keys()) {
      if (other !== part) this.#relate(like, other, own, part, id, level, identity);
    }
  }

  /** Notes that `like`, which part `other` has, resembles `own` of part `part`. */
  #relate(
    like: Distinct,
    other: number,
    own: Distinct,
    part: number,
    id: string,
    level: number,
    identity: number,
  ): void {
    raise(like, part, level);
    raise(own, other, level);
    const [a, b] = [rootOf(like), rootOf(own)];
    if (a !== b) b.parent = a;
    const { names, examples } = this.#options;
    const kind = KINDS[level] as LeakageKind;
    const key = `${String(other)} ${String(part)} ${kind}`;
    const shown = this.#shown.get(key) ?? 0;
    if (shown >= examples) return;
    this.#shown.set(key, shown + 1);
    this.#examples.push({
      kind,
      firstPart: names[other] ?? '',
      first: like.names.get(other) ?? '',
      secondPart: names[part] ?? '',
      second: id,
      identity,
    });
  }

  /** Sums up. */
  finish(): Omit<LeakageAudit, 'criteria' | 'view'> {
    const { names, evaluation } = this.#options;
    const leaks = (a: number, b: number): boolean =>
      a !== b && ((evaluation[a] ?? false) || (evaluation[b] ?? false));
    const pairs: LeakageAudit['pairs'][number][] = [];
    const parts: LeakageAudit['parts'][number][] = [];
    const drop: Record<string, string[]> = {};
    for (const [part, name] of names.entries()) {
      const members = this.#members[part] ?? [];
      const size = this.#sizes[part] ?? 0;
      const counts = names.map(() => [0, 0, 0, 0]);
      const dropped: string[] = [];
      let affected = 0;
      for (const { id, sequence } of members) {
        if (sequence.levels === 0) continue;
        let isAffected = false;
        let isDropped = false;
        for (const [other, byLevel] of counts.entries()) {
          const level = other === part ? NONE : levelIn(sequence.levels, other);
          if (level === NONE) continue;
          byLevel[level] = (byLevel[level] ?? 0) + 1;
          if (!leaks(part, other)) continue;
          isAffected = true;
          // Of two evaluation parts the earlier one gives way; another part always does.
          if (!evaluation[part] || ((evaluation[other] ?? false) && part < other)) isDropped = true;
        }
        if (isAffected) affected++;
        if (isDropped) dropped.push(id);
      }
      for (const [other, byLevel] of counts.entries()) {
        if (other === part) continue;
        pairs.push({
          part: name,
          other: names[other] ?? '',
          exact: byLevel[EXACT] ?? 0,
          reverseComplement: byLevel[REVERSE] ?? 0,
          near: byLevel[NEAR] ?? 0,
          leak: leaks(part, other),
        });
      }
      if (dropped.length > 0) drop[name] = dropped;
      parts.push({
        part: name,
        evaluation: evaluation[part] ?? false,
        sequences: size,
        unusable: this.#unusable[part] ?? 0,
        affected,
        affectedShare: size === 0 ? 0 : affected / size,
      });
    }
    return {
      verdict: parts.some(({ affected }) => affected > 0) ? 'leaking' : 'clean',
      parts,
      pairs,
      spanningClusters: this.#countSpanning(),
      examples: this.#examples,
      drop,
    };
  }

  #countSpanning(): number {
    const spanning = new Map<Distinct, number>();
    for (const sequence of this.#distinct.values()) {
      const root = rootOf(sequence);
      spanning.set(root, (spanning.get(root) ?? 0) | sequence.parts);
    }
    let count = 0;
    for (const parts of spanning.values()) if ((parts & (parts - 1)) !== 0) count++;
    return count;
  }
}
