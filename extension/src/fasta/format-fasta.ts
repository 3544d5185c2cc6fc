/** Letters a line, as NCBI and UCSC write them. */
const LINE_WIDTH = 60;

/**
 * The text of a FASTA record, with a line end at its end.
 *
 * @param header name and description; line breaks in it become spaces
 * @param letters ASCII
 * @param lineWidth letters a line. Default 60.
 */
export function formatFasta(
  header: string,
  letters: Uint8Array,
  lineWidth: number = LINE_WIDTH,
): string {
  const sequence = Buffer.from(letters.buffer, letters.byteOffset, letters.length).toString(
    'latin1',
  );
  const lines = [`>${header.replace(/[\r\n]+/g, ' ')}\n`];
  for (let start = 0; start < sequence.length; start += lineWidth) {
    lines.push(sequence.slice(start, start + lineWidth), '\n');
  }
  return lines.join('');
}
