/**
 * The letters that stand for bytes in a byte-level vocabulary, as GPT-2 chose them: printable
 * bytes of Latin-1 stand for themselves, the others for U+0100 and on in their order.
 */
function makeByteLetters(): readonly string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let others = 0;
  return Object.freeze(
    Array.from({ length: 256 }, (_, byte) =>
      String.fromCharCode(isPrintable(byte) ? byte : 256 + others++),
    ),
  );
}

/** Letter of each byte, by byte. */
export const byteLetters: readonly string[] = makeByteLetters();

const byteOfLetter: ReadonlyMap<string, number> = new Map(
  byteLetters.map((letter, byte) => [letter, byte]),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text as letters of bytes (of its UTF-8 form).
 *
 * @example
 * textToByteLetters('AC G\n'); // 'ACĠGĊ'
 */
export function textToByteLetters(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  let letters = '';
  for (const byte of encoder.encode(text)) letters += byteLetters[byte] ?? '';
  return letters;
}

/** The bytes that letters stand for; a letter that stands for none gives the bytes of its UTF-8. */
export function byteLettersToBytes(letters: string): Uint8Array {
  const bytes: number[] = [];
  for (const letter of letters) {
    const byte = byteOfLetter.get(letter);
    if (byte === undefined) bytes.push(...encoder.encode(letter));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** UTF-8 text of bytes; what is no UTF-8 becomes U+FFFD. */
export function bytesToText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
