import { InputError } from '../core/errors.ts';

/**
 * Tokens of a `vocab.txt`, one a line; the line number less one is the id.
 *
 * @throws InputError for an empty line that is not the last, and for a token that stands twice
 */
export function readVocabularyText(text: string, where: string): [string, number][] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const seen = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    const place = `${where}, line ${String(id + 1)}`;
    if (token.trim() === '') {
      throw new InputError({ where: place, found: 'an empty line', expected: 'a token' });
    }
    const before = seen.get(token);
    if (before !== undefined) {
      throw new InputError({
        where: place,
        found: `the token '${token}' again, after line ${String(before + 1)}`,
        expected: 'each token once',
      });
    }
    seen.set(token, id);
  }
  return [...seen];
}
