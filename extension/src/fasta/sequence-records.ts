import { headerIn } from './sequence-index.ts';
import type { OpenSequenceFile } from './open-sequence-file.ts';
import type { SequenceRecord } from './sequence-types.ts';

/** A record whose name and description are decoded when they are asked for. */
class LazyRecord implements SequenceRecord {
  readonly #file: OpenSequenceFile;
  readonly #record: number;

  constructor(file: OpenSequenceFile, record: number) {
    this.#file = file;
    this.#record = record;
  }

  get name(): string {
    return this.#file.layout.name(this.#record);
  }

  get description(): string {
    return descriptionOf(headerOf(this.#file, this.#record));
  }

  get length(): number {
    return this.#file.layout.columns.lengths[this.#record] ?? 0;
  }

  /** So that it can be sent as a message. */
  toJSON(): SequenceRecord {
    return { name: this.name, description: this.description, length: this.length };
  }
}

/** The records of a file, light enough for half a million of them. */
export function sequenceRecords(file: OpenSequenceFile): readonly SequenceRecord[] {
  return Array.from({ length: file.layout.count }, (_, record) => new LazyRecord(file, record));
}

function descriptionOf(header: string): string {
  const space = /[\t-\r ]/.exec(header);
  return space === null ? '' : header.slice(space.index).trim();
}

/** The header from the layout, or from the file where an index gave only the names. */
function headerOf({ layout, hasHeaders, bytes }: OpenSequenceFile, record: number): string {
  if (hasHeaders) return layout.header(record);
  const { headerStarts, offsets } = layout.columns;
  const start = headerStarts[record] ?? 0;
  try {
    const header = headerIn(bytes.readSync(start, (offsets[record] ?? 0) - start));
    return header === undefined ? '' : Buffer.from(header).toString('utf8');
  } catch {
    // A file that is gone or closed: the name is known all the same.
    return '';
  }
}
