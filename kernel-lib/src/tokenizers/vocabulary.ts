import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Ids at most: what a damaged file claims must not decide how much memory is taken. */
const MOST_IDS = 1 << 24;

/** Tokens and their ids, 0 … size − 1 without holes. */
export class Vocabulary {
  /** Token of each id. */
  readonly tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  /** What messages call it. */
  readonly where: string;

  private constructor(tokens: readonly string[], ids: ReadonlyMap<string, number>, where: string) {
    this.tokens = tokens;
    this.#ids = ids;
    this.where = where;
  }

  /**
   * @param entries tokens with their ids, in any order
   * @param where what messages call it: a file
   * @throws InputError for an id that is no whole number, two tokens of one id, holes
   */
  static from(entries: Iterable<readonly [string, unknown]>, where: string): Vocabulary {
    const ids = new Map<string, number>();
    const tokens: string[] = [];
    const byId = new Map<number, string>();
    let highest = -1;
    for (const [token, id] of entries) {
      if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || id >= MOST_IDS) {
        throw new InputError({
          where: `${where}, token '${token}'`,
          found: `the id ${JSON.stringify(id)}`,
          expected: `a whole number from 0 to ${String(MOST_IDS - 1)}`,
        });
      }
      const same = byId.get(id);
      if (same === token) continue;
      if (same !== undefined || ids.has(token)) {
        const found =
          same === undefined
            ? `the token '${token}' has the ids ${String(ids.get(token))} and ${String(id)}`
            : `the tokens '${same}' and '${token}' have the same id ${String(id)}`;
        throw new InputError({ where, found, expected: 'one id for each token' });
      }
      ids.set(token, id);
      byId.set(id, token);
      highest = Math.max(highest, id);
    }
    if (highest < 0) throw new InputError({ where, found: 'no tokens', expected: 'a vocabulary' });
    for (let id = 0; id <= highest; id++) {
      const token = byId.get(id);
      if (token === undefined) {
        throw new InputError({
          where,
          found: `no token with the id ${String(id)}, though ids go up to ${String(highest)}`,
          expected: 'ids without holes',
          fix: 'Check that all files of the tokenizer are there.',
        });
      }
      tokens.push(token);
    }
    return new Vocabulary(tokens, ids, where);
  }

  /** Number of ids. */
  get size(): number {
    return this.tokens.length;
  }

  /** Id of a token, undefined where there is none. */
  id(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /**
   * Id of a token that must be there.
   *
   * @param where what names it
   * @throws InputError
   */
  requireId(token: string, where: string): number {
    const id = this.#ids.get(token);
    if (id !== undefined) return id;
    const near = this.size <= 100 ? suggestion(token, this.tokens) : undefined;
    throw new InputError({
      where,
      found: `the token '${token}', which is not in the vocabulary`,
      expected: `one of the ${this.size.toLocaleString('en-US')} tokens of ${this.where}`,
      ...(near === undefined ? {} : { fix: near }),
    });
  }

  /** @throws UsageError for an id outside the vocabulary */
  token(id: number): string {
    const token = this.tokens[id];
    if (token !== undefined) return token;
    throw new UsageError({
      where: 'token id',
      found: String(id),
      expected: `a whole number from 0 to ${String(this.size - 1)}`,
    });
  }

  entries(): IterableIterator<[string, number]> {
    return this.#ids.entries();
  }
}
