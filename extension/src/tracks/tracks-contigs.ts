import { matchContigName } from 'tatabox/sequence/contig-names.ts';
import type { Contig } from './track-types.ts';

/** More contigs than this are taken by their exact names alone: each match looks at all of them. */
const MOST_MATCHED = 20_000;

/** The names that a file has for contigs of another one: `1` for `chr1`, and so on. */
export class ContigNames {
  readonly #lengths: ReadonlyMap<string, number>;
  readonly #matched = new Map<string, string | undefined>();

  constructor(contigs: readonly Contig[]) {
    this.#lengths = new Map(contigs.map(({ name, length }) => [name, length]));
  }

  /** The file's own name; undefined where it has no such contig. */
  find(name: string): string | undefined {
    if (this.#lengths.has(name)) return name;
    if (this.#lengths.size > MOST_MATCHED) return undefined;
    if (!this.#matched.has(name)) {
      this.#matched.set(name, matchContigName(name, this.#lengths.keys()));
    }
    return this.#matched.get(name);
  }

  /** Length of a contig by its own or another name; 0 for one that is not there. */
  lengthOf(name: string): number {
    return this.#lengths.get(this.find(name) ?? '') ?? 0;
  }
}
