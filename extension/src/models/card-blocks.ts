import { parse } from 'yaml';
import { yamlFault } from 'tatabox/core/yaml-limits.ts';
import type { ModelFact } from './model-fact.ts';

/** A piece of a line of a model card; always text, never HTML. */
export interface CardSpan {
  readonly text: string;
  readonly strong?: boolean;
  readonly emphasis?: boolean;
  readonly code?: boolean;
  /** A web address; others are left as text. */
  readonly href?: string;
}

/** A part of a model card. */
export type CardBlock =
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly CardSpan[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly CardSpan[] }
  | { readonly kind: 'quote'; readonly spans: readonly CardSpan[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly { readonly depth: number; readonly spans: readonly CardSpan[] }[];
    }
  | {
      readonly kind: 'table';
      readonly header: readonly (readonly CardSpan[])[];
      readonly rows: readonly (readonly (readonly CardSpan[])[])[];
    }
  | { readonly kind: 'rule' };

/** Letters of a card that are shown. */
const LONGEST = 300_000;
/** Letters within which a mark must be closed again. */
const FARTHEST = 2000;

/** Where a mark is closed again, near by. */
function closing(line: string, mark: string, from: number): number {
  const end = line.slice(from, from + FARTHEST).indexOf(mark);
  return end === -1 ? -1 : from + end;
}

/** Code, strong, emphasis, links and images of a line; all else stays as it is written. */
export function cardSpans(line: string): CardSpan[] {
  const spans: CardSpan[] = [];
  let plain = '';
  const push = (span: CardSpan): void => {
    if (plain !== '') spans.push({ text: plain });
    plain = '';
    spans.push(span);
  };
  for (let at = 0; at < line.length;) {
    const rest = line.slice(at, at + 3);
    const letter = rest.charAt(0);
    if (letter === '\\' && /^[\\`*_[\]#|]/.test(rest.slice(1))) {
      plain += rest.charAt(1);
      at += 2;
      continue;
    }
    if (letter === '`') {
      const end = closing(line, '`', at + 1);
      if (end > at + 1) {
        push({ text: line.slice(at + 1, end), code: true });
        at = end + 1;
        continue;
      }
    }
    const mark = rest.startsWith('**') || rest.startsWith('__') ? rest.slice(0, 2) : letter;
    if (mark === '**' || mark === '__' || mark === '*' || mark === '_') {
      const begins = !/\w$/.test(line.slice(0, at)) && !/^\s/.test(line.slice(at + mark.length));
      const end = begins ? closing(line, mark, at + mark.length + 1) : -1;
      if (end !== -1 && !/\s/.test(line.charAt(end - 1))) {
        const text = line.slice(at + mark.length, end);
        push(mark.length === 2 ? { text, strong: true } : { text, emphasis: true });
        at = end + mark.length;
        continue;
      }
    }
    if (letter === '[' || rest.startsWith('![')) {
      const link = /^!?\[([^[\]]*)\]\(([^()\s]*)(?:\s+"[^"]*")?\)/.exec(
        line.slice(at, at + FARTHEST),
      );
      if (link !== null) {
        const [whole, text = '', address = ''] = link;
        const href = /^https?:\/\//i.test(address) ? address : undefined;
        const shown = letter === '!' ? `[picture: ${text}]` : text;
        push({ text: shown, ...(href === undefined ? {} : { href }) });
        at += whole.length;
        continue;
      }
    }
    if (letter === '<' || letter === 'h') {
      const link = /^<?(https?:\/\/[^\s<>()"'`]+[^\s<>()"'`.,;:])>?/.exec(
        line.slice(at, at + FARTHEST),
      );
      if (link?.[1] !== undefined && (letter === '<' || !/\w$/.test(line.slice(0, at)))) {
        push({ text: link[1], href: link[1] });
        at += link[0].length;
        continue;
      }
    }
    plain += letter;
    at++;
  }
  if (plain !== '') spans.push({ text: plain });
  return spans;
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

const isTableRule = (line: string | undefined): boolean =>
  line?.includes('-') === true && /^\s*\|?[\s:|-]+$/.test(line) && line.includes('|');

/** A line that begins something else than the paragraph above it. */
const begins = (line: string): boolean =>
  /^\s*$|^#{1,6}\s|^\s*(```|~~~)|^\s*([-*+]|\d{1,9}[.)])\s|^\s*>|^\s*([-*_]\s*){3,}$/.test(line);

/** The parts of a model card without its front matter. */
export function cardBlocks(text: string): CardBlock[] {
  const lines = text.slice(0, LONGEST).split(/\r?\n/);
  const blocks: CardBlock[] = [];
  let at = 0;
  const take = (wanted: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let line = lines[at]; line !== undefined && wanted(line); line = lines[at]) {
      taken.push(line);
      at++;
    }
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (/^\s*$/.test(line)) at++;
    else if (heading !== null) {
      const level = heading[1]?.length ?? 1;
      blocks.push({ kind: 'heading', level, spans: cardSpans(heading[2] ?? '') });
      at++;
    } else if (fence !== undefined) {
      at++;
      const code = take((each) => !each.trimStart().startsWith(fence));
      at++;
      blocks.push({ kind: 'code', text: code.join('\n') });
    } else if (/^\s*([-*_]\s*){3,}$/.test(line)) {
      blocks.push({ kind: 'rule' });
      at++;
    } else if (line.includes('|') && isTableRule(lines[at + 1])) {
      const header = cells(line).map(cardSpans);
      at += 2;
      const rows = take((each) => each.includes('|') && !/^\s*$/.test(each));
      blocks.push({ kind: 'table', header, rows: rows.map((row) => cells(row).map(cardSpans)) });
    } else if (/^\s*>/.test(line)) {
      const quoted = take((each) => /^\s*>/.test(each)).map((each) => each.replace(/^\s*>\s?/, ''));
      blocks.push({ kind: 'quote', spans: cardSpans(quoted.join(' ')) });
    } else if (/^\s*([-*+]|\d{1,9}[.)])\s/.test(line)) {
      blocks.push(listBlock(line, take));
    } else {
      at++;
      const more = take((each) => !begins(each) && !isTableRule(each));
      blocks.push({
        kind: 'paragraph',
        spans: cardSpans([line, ...more].map((each) => each.trim()).join(' ')),
      });
    }
  }
  return blocks;
}

function listBlock(
  first: string,
  take: (wanted: (line: string) => boolean) => string[],
): CardBlock {
  const isItem = (line: string): boolean => /^\s*([-*+]|\d{1,9}[.)])\s/.test(line);
  const items: { depth: number; text: string }[] = [];
  for (const line of take((each) => isItem(each) || (/^\s+\S/.test(each) && !/^\s*>/.test(each)))) {
    const item = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$/.exec(line);
    const last = items.at(-1);
    if (item !== null) {
      const depth = Math.min(4, Math.floor((item[1] ?? '').replaceAll('\t', '  ').length / 2));
      items.push({ depth, text: item[2] ?? '' });
    } else if (last !== undefined) last.text += ` ${line.trim()}`;
  }
  return {
    kind: 'list',
    ordered: /^\s*\d/.test(first),
    items: items.map(({ depth, text }) => ({ depth, spans: cardSpans(text) })),
  };
}

/** A model card: the facts of its front matter, and its text. */
export interface Card {
  readonly facts: readonly ModelFact[];
  readonly blocks: readonly CardBlock[];
  /** What is wrong with the front matter. */
  readonly problem?: string;
}

/** Reads a model card (`README.md`). */
export function readCard(text: string): Card {
  const front = /^---\r?\n([^]*?)\r?\n---(?:\r?\n|$)/.exec(text);
  if (front === null) return { facts: [], blocks: cardBlocks(text) };
  const blocks = cardBlocks(text.slice(front[0].length));
  const yaml = front[1] ?? '';
  if (yamlFault(yaml) !== undefined) {
    const problem = 'The front matter of README.md is too large or nested too deep to be read.';
    return { facts: [], blocks, problem };
  }
  try {
    const fields: unknown = parse(yaml, { maxAliasCount: 0, logLevel: 'error' });
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      return { facts: [], blocks, problem: 'The front matter of README.md is no YAML mapping.' };
    }
    const facts = Object.entries(fields)
      .filter(([key]) => key !== 'model-index')
      .map(([key, value]): ModelFact => {
        const shown = Array.isArray(value) ? value.map(String).join(', ') : value;
        return [key, typeof shown === 'object' ? JSON.stringify(shown) : String(shown)];
      });
    return { facts: facts.slice(0, 50), blocks };
  } catch {
    return { facts: [], blocks, problem: 'The front matter of README.md is no YAML.' };
  }
}
