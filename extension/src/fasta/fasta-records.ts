import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop } from 'tatabox/core/progress.ts';
import type { RecordRow } from './fasta-protocol.ts';
import type { SequenceRecord } from './sequence-types.ts';

/** Records looked at between two yields. */
const STEP = 20_000;

/** The records of a file whose name holds a text; the last filter is remembered. */
export class FastaRecords {
  readonly #records: readonly SequenceRecord[];
  #filter = '';
  /** Undefined: all. */
  #found: Uint32Array | undefined;

  constructor(records: readonly SequenceRecord[]) {
    this.#records = records;
  }

  async #apply(filter: string, signal: AbortSignal | undefined): Promise<Uint32Array | undefined> {
    const text = filter.trim().toLowerCase();
    if (text === '') return undefined;
    if (text === this.#filter) return this.#found;
    const found: number[] = [];
    for (let index = 0; index < this.#records.length; index++) {
      if (index % STEP === STEP - 1) {
        await yieldToEventLoop();
        throwIfAborted(signal, 'filtering records');
      }
      const record = this.#records[index];
      if (record === undefined) continue;
      if (record.name.toLowerCase().includes(text)) found.push(index);
    }
    this.#filter = text;
    this.#found = Uint32Array.from(found);
    return this.#found;
  }

  row(record: number): RecordRow | undefined {
    const found = this.#records[record];
    if (found === undefined) return undefined;
    const { name, description, length } = found;
    return { record, name, description, length };
  }

  /** How many records the filter leaves, and some of them. */
  async rows(
    filter: string,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<{ readonly count: number; readonly rows: readonly RecordRow[] }> {
    const found = await this.#apply(filter, signal);
    const count = found?.length ?? this.#records.length;
    const rows: RecordRow[] = [];
    for (let at = Math.max(0, start); at < Math.min(end, count); at++) {
      const row = this.row(found === undefined ? at : (found[at] ?? -1));
      if (row !== undefined) rows.push(row);
    }
    return { count, rows };
  }

  /** Where a record stands among those that the filter leaves; -1 where it does not. */
  async position(record: number, filter: string, signal?: AbortSignal): Promise<number> {
    const found = await this.#apply(filter, signal);
    if (found === undefined) return record < this.#records.length ? record : -1;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((found[middle] ?? 0) < record) low = middle + 1;
      else high = middle;
    }
    return found[low] === record ? low : -1;
  }
}
