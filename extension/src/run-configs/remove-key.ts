import { parseConfigText, type TextRange } from 'tatabox/runs/schema/config-text.ts';
import { configEntries } from './config-entries.ts';

/**
 * The letters that go when a key is removed: its lines in a block, itself and one comma between
 * brackets; undefined where it is not there.
 */
export function removalOf(text: string, path: readonly string[]): TextRange | undefined {
  const { document } = parseConfigText(text);
  const wanted = JSON.stringify(path);
  const entry = configEntries(document).find(
    (each) => JSON.stringify(each.path.map(String)) === wanted,
  );
  if (entry === undefined) return undefined;
  const { start, end } = entry.whole;
  if (entry.inFlow) {
    const after = /^\s*,[ \t]*/.exec(text.slice(end))?.[0].length;
    if (after !== undefined) return { start, end: end + after };
    const before = /,\s*$/.exec(text.slice(0, start))?.[0].length ?? 0;
    return { start: start - before, end };
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lead = text.slice(lineStart, start);
  // The end of a block value is already on the line after it.
  const last = text.slice(start, end).trimEnd().length + start;
  const newline = text.indexOf('\n', last);
  const lineEnd = newline === -1 ? text.length : newline + 1;
  // The first key of an item keeps the dash; what follows moves up to it.
  if (/-\s*$/.test(lead)) {
    const next = /^[ \t]*/.exec(text.slice(lineEnd))?.[0].length ?? 0;
    const goesOn = next === start - lineStart;
    return { start, end: goesOn ? lineEnd + next : last };
  }
  return { start: lineStart, end: lineEnd };
}
