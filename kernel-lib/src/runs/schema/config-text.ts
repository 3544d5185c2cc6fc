import { isMap, isNode, isPair, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { InputError, type ErrorDetails } from '../../core/errors.ts';
import { yamlFault, type YamlFault } from '../../core/yaml-limits.ts';

/** A run config as it was written. */
export interface ConfigText {
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Why it was not parsed; the document is empty then. */
  readonly fault: YamlFault | undefined;
}

/** Parses YAML; what is wrong with it is in `fault`, `document.errors` and `document.warnings`. */
export function parseConfigText(text: string): ConfigText {
  const lines = new LineCounter();
  const fault = yamlFault(text);
  const document = parseDocument(fault === undefined ? text : '', {
    lineCounter: lines,
    uniqueKeys: true,
    // Odd keys are told of as problems, not on the terminal.
    logLevel: 'error',
  });
  return { text, document, lines, fault };
}

/** Letters `[start, end)` of a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where a path of keys leads to in a text. */
export interface ConfigPlace {
  /** The last key; of an item of a list the item. */
  readonly key: TextRange;
  /** What the key has. */
  readonly value: TextRange | undefined;
  /** Whether the whole path is there; else the place is that of the deepest key on the way. */
  readonly whole: boolean;
}

function rangeOf(node: unknown): TextRange | undefined {
  if (!isNode(node) || !node.range) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

/** Where a path of keys leads to; undefined where not even its first key is there. */
export function placeOf(document: Document, keys: readonly PropertyKey[]): ConfigPlace | undefined {
  let key: TextRange | undefined;
  let value: TextRange | undefined;
  let whole = true;
  let node: unknown = document.contents;
  for (const each of keys) {
    const child: unknown = isMap(node)
      ? node.items.find((item) => String(item.key) === String(each))
      : isSeq(node)
        ? node.items[Number(each)]
        : undefined;
    if (child === undefined) {
      whole = false;
      break;
    }
    node = isPair(child) ? child.value : child;
    key = rangeOf(isPair(child) ? child.key : child) ?? key;
    value = rangeOf(node);
  }
  return key === undefined ? undefined : { key, value, whole };
}

/** What the parser says, in its first line, without the place. */
export function yamlProblem({ message }: Error): string {
  if (/call stack/.test(message)) return 'lists and mappings that are nested too deep';
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
}

/** What is wrong with the YAML itself, by an error or a warning of its parser. */
export function describeYamlProblem(
  problem: Document['errors'][number] | Document['warnings'][number],
  text: string,
): Pick<ErrorDetails, 'found' | 'expected'> {
  const key = /^[^\s:]*/.exec(text.slice(problem.pos[0], problem.pos[0] + 200))?.[0] ?? '';
  return problem.code === 'DUPLICATE_KEY'
    ? { found: `the key '${key}' for the second time`, expected: 'each key once' }
    : { found: yamlProblem(problem), expected: 'valid YAML' };
}

/** The content as plain values; aliases may be unresolved or explode. */
export function plainContent(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw new InputError(
      { where, found: yamlProblem(cause as Error), expected: 'YAML without broken aliases' },
      { cause },
    );
  }
}

/** What is wrong with content that is no mapping; undefined for one. */
export function describeNoMapping(
  content: unknown,
): Pick<ErrorDetails, 'found' | 'expected' | 'fix'> | undefined {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return undefined;
  return {
    found: content === null ? 'nothing' : `a ${Array.isArray(content) ? 'list' : typeof content}`,
    expected: 'a mapping with the keys mode, name, data, …',
    fix: 'Start from notebooks/quickstart.tatabox.yaml.',
  };
}
