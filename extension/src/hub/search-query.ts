import { UsageError } from 'tatabox/core/errors.ts';

/** A search for models on the Hub. */
export interface SearchQuery {
  /** Part of the name; empty for all. */
  readonly text: string;
  readonly author?: string;
  /** The Hub's word for what a model is for, as `tabular-regression`. */
  readonly task?: string;
  readonly tags: readonly string[];
  /** Only models of this library; null for those of all. */
  readonly library: string | null;
}

/** What is looked for before anything was typed. */
export const ALL_TATABOX_MODELS: SearchQuery = Object.freeze({
  text: '',
  tags: [],
  library: 'tatabox',
});

/**
 * Reads what a user typed: words of the name, and `author:`, `task:`, `tag:`, `library:` before a
 * value; `library:any` for models of all libraries.
 *
 * @throws UsageError for a filter without a value
 * @example
 * parseSearch('promoter author:lab').author; // 'lab'
 */
export function parseSearch(typed: string): SearchQuery {
  const words: string[] = [];
  const tags: string[] = [];
  let author: string | undefined;
  let task: string | undefined;
  let library: string | null = 'tatabox';
  for (const word of typed.trim().slice(0, 500).split(/\s+/)) {
    const [, key, value = ''] = /^(author|task|tag|library):(.*)$/i.exec(word) ?? [];
    if (key === undefined) {
      if (word !== '') words.push(word);
      continue;
    }
    const name = key.toLowerCase();
    if (!/^[\w.+:/-]+$/.test(value)) {
      throw new UsageError({
        where: 'the search',
        found: value === '' ? `${name}: without a value` : `'${value}' after ${name}:`,
        expected: `${name}: and letters, digits, '-', '_' or '.' behind it`,
      });
    }
    if (name === 'author') author = value;
    else if (name === 'task') task = value;
    else if (name === 'tag') tags.push(value);
    else library = /^(any|all)$/i.test(value) ? null : value;
  }
  return {
    text: words.join(' '),
    ...(author === undefined ? {} : { author }),
    ...(task === undefined ? {} : { task }),
    tags,
    library,
  };
}

/** A search as it would be typed; {@link parseSearch} reads it back. */
export function searchText({ text, author, task, tags, library }: SearchQuery): string {
  return [
    text,
    author === undefined ? '' : `author:${author}`,
    task === undefined ? '' : `task:${task}`,
    ...tags.map((tag) => `tag:${tag}`),
    library === 'tatabox' ? '' : `library:${library ?? 'any'}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
