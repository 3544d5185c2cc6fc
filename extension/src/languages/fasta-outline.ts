/** A record of a FASTA text. */
export interface OutlineRecord {
  /** First word of the heading. */
  readonly name: string;
  /** What follows it. */
  readonly description: string;
  /** Line of its heading, from 0, and its last line. */
  readonly line: number;
  readonly lastLine: number;
  /** Letters, without gaps and spaces. */
  readonly length: number;
  /** Share of G and C among A, C, G, T and U; NaN where there are none of these. */
  readonly gc: number;
  /** Whether it has letters that only proteins have. */
  readonly isProtein: boolean;
}

const COUNTED = 128;

/** The records of a FASTA text, at most so many. */
export function fastaOutline(lines: Iterable<string>, most: number): OutlineRecord[] {
  const records: OutlineRecord[] = [];
  let open: { line: number; heading: string; counts: Float64Array } | undefined;
  let number = 0;
  const close = (lastLine: number): void => {
    if (open !== undefined) records.push(recordOf(open.heading, open.line, lastLine, open.counts));
    open = undefined;
  };
  for (const line of lines) {
    if (line.startsWith('>')) {
      close(number - 1);
      if (records.length >= most) return records;
      open = { line: number, heading: line.slice(1), counts: new Float64Array(COUNTED) };
    } else if (open !== undefined && !line.startsWith(';')) {
      const { counts } = open;
      for (let i = 0; i < line.length; i++) {
        const code = line.charCodeAt(i);
        if (code < COUNTED) counts[code] = (counts[code] ?? 0) + 1;
      }
    }
    number++;
  }
  close(number - 1);
  return records;
}

function recordOf(
  heading: string,
  line: number,
  lastLine: number,
  counts: Float64Array,
): OutlineRecord {
  const count = (letters: string): number => {
    let sum = 0;
    for (const letter of letters) {
      sum += counts[letter.charCodeAt(0)] ?? 0;
      sum += counts[letter.toLowerCase().charCodeAt(0)] ?? 0;
    }
    return sum;
  };
  const [, name = '', description = ''] = /^\s*(\S*)\s*(.*)$/.exec(heading.slice(0, 2000)) ?? [];
  const gc = count('GC');
  return {
    name,
    description: description.trim(),
    line,
    lastLine,
    length: count('ABCDEFGHIJKLMNOPQRSTUVWXYZ') + (counts[42] ?? 0),
    gc: gc / (gc + count('ATU')),
    isProtein: count('EFILPQZ') > 0,
  };
}
