/** How text is cut into words before tokens are looked for; tokens never cross words. */
export type PreSplit = 'none' | 'gpt-2' | 'whitespace' | 'whitespace-split' | 'characters';

/**
 * The pattern of GPT-2: English contractions, letters, numbers, other signs, each with a space
 * before it, and spaces. JavaScript's own `\s` is another set of characters than Unicode's.
 */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Words and runs of signs, as the pre-tokenizer `Whitespace` cuts them. */
const WHITESPACE =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;

const WHITESPACE_SPLIT = /\P{White_Space}+/gu;

const CHARACTERS = /./gsu;

const patterns: Readonly<Record<Exclude<PreSplit, 'none'>, RegExp>> = {
  'gpt-2': GPT2,
  whitespace: WHITESPACE,
  'whitespace-split': WHITESPACE_SPLIT,
  characters: CHARACTERS,
};

const onlyLetters = /^[A-Za-z]+$/;

/** Whether a text is made of the letters A–Z and a–z alone, as sequences are, and has any. */
export function isAllLetters(text: string): boolean {
  return onlyLetters.test(text);
}

/**
 * Calls `visit` with start and end of each word.
 *
 * @example
 * splitWords('ACGT NN', 'gpt-2', (start, end) => …); // 0, 4 and 4, 7
 */
export function splitWords(
  text: string,
  split: PreSplit,
  visit: (start: number, end: number) => void,
): void {
  if (text === '') return;
  if (split === 'none' || (split !== 'characters' && isAllLetters(text))) {
    visit(0, text.length);
    return;
  }
  for (const match of text.matchAll(patterns[split])) {
    visit(match.index, match.index + match[0].length);
  }
}
