import type { KernelOutput } from './kernel-output.ts';
import type { DisplayOutput, ErrorOutput, NotebookOutput } from './notebook-file.ts';
import { StreamText } from './stream-text.ts';

/** How much of a cell's output is kept, so that a runaway loop cannot fill a disk. */
export const OUTPUT_LIMITS = Object.freeze({
  /** Characters of one stream output; beginning and end are kept. */
  streamCharacters: 1_000_000,
  /** Characters of all that one displayed result holds. */
  displayCharacters: 20_000_000,
  /** Outputs of one cell. */
  outputs: 1000,
});

/** The limits' type, for tests with smaller ones. */
export type OutputLimits = Readonly<Record<keyof typeof OUTPUT_LIMITS, number>>;

interface StreamEntry {
  readonly kind: 'stream';
  readonly name: 'stdout' | 'stderr';
  readonly text: StreamText;
}

interface DisplayEntry {
  readonly kind: 'display';
  data: DisplayOutput['data'];
  metadata: DisplayOutput['metadata'];
}

interface ErrorEntry {
  readonly kind: 'error';
  readonly output: ErrorOutput;
}

/** The displays of a whole notebook by display id: an update may come from a later cell. */
export type DisplayRegistry = Map<string, DisplayEntry[]>;

/** Collects the outputs of one cell as its messages come: streams merged, updates applied. */
export class CellOutputs {
  readonly #displays: DisplayRegistry;
  readonly #limits: OutputLimits;
  readonly #entries: (StreamEntry | DisplayEntry | ErrorEntry)[] = [];
  #leftOut = 0;

  constructor(displays: DisplayRegistry, limits: OutputLimits = OUTPUT_LIMITS) {
    this.#displays = displays;
    this.#limits = limits;
  }

  add(output: KernelOutput): void {
    if (output.kind === 'stream') this.#addStream(output.name, output.text);
    else if (output.update) this.#update(output);
    else this.#addDisplay(output);
  }

  /** Adds an error; the text that stderr ends with, which says the same, is taken away. */
  addError(output: ErrorOutput, printed: string): void {
    const at = this.#entries.findLastIndex(
      (entry) => entry.kind === 'stream' && entry.name === 'stderr',
    );
    const entry = this.#entries[at];
    if (entry?.kind === 'stream' && entry.text.removeEnd(printed) && String(entry.text) === '') {
      this.#entries.splice(at, 1);
    }
    this.#entries.push({ kind: 'error', output });
  }

  /** All that was printed to stderr, where tslab puts its errors. */
  get errorText(): string {
    return this.#entries
      .filter((entry) => entry.kind === 'stream' && entry.name === 'stderr')
      .map((entry) => String((entry as StreamEntry).text))
      .join('')
      .trim();
  }

  /** The outputs so far, as a notebook file holds them. */
  toOutputs(): NotebookOutput[] {
    const outputs: NotebookOutput[] = this.#entries.map((entry) => {
      if (entry.kind === 'error') return entry.output;
      return entry.kind === 'stream'
        ? { name: entry.name, output_type: 'stream', text: String(entry.text) }
        : { data: entry.data, metadata: entry.metadata, output_type: 'display_data' };
    });
    if (this.#leftOut > 0) {
      const text = `[… ${this.#leftOut.toLocaleString('en-US')} more outputs left out …]\n`;
      outputs.push({ name: 'stderr', output_type: 'stream', text });
    }
    return outputs;
  }

  #addStream(name: 'stdout' | 'stderr', text: string): void {
    const last = this.#entries.at(-1);
    if (last?.kind === 'stream' && last.name === name) {
      last.text.append(text);
    } else if (this.#hasRoom()) {
      const entry: StreamEntry = {
        kind: 'stream',
        name,
        text: new StreamText(this.#limits.streamCharacters),
      };
      entry.text.append(text);
      this.#entries.push(entry);
    }
  }

  #addDisplay(output: KernelOutput & { kind: 'display' }): void {
    if (!this.#hasRoom()) return;
    const entry: DisplayEntry = {
      kind: 'display',
      data: this.#bounded(output.data),
      metadata: output.metadata,
    };
    this.#entries.push(entry);
    if (output.displayId === undefined) return;
    const shown = this.#displays.get(output.displayId);
    if (shown === undefined) this.#displays.set(output.displayId, [entry]);
    else shown.push(entry);
  }

  #update(output: KernelOutput & { kind: 'display' }): void {
    for (const entry of this.#displays.get(output.displayId ?? '') ?? []) {
      entry.data = this.#bounded(output.data);
      entry.metadata = output.metadata;
    }
  }

  #hasRoom(): boolean {
    if (this.#entries.length < this.#limits.outputs) return true;
    this.#leftOut += 1;
    return false;
  }

  /** Keeps the representations that fit, the smallest first. */
  #bounded(data: DisplayOutput['data']): DisplayOutput['data'] {
    const sizes = Object.entries(data)
      .map(([type, content]) => ({ type, content, size: characters(content) }))
      .sort((a, b) => a.size - b.size);
    let room = this.#limits.displayCharacters;
    const kept: Record<string, DisplayOutput['data'][string]> = {};
    const dropped: string[] = [];
    for (const { type, content, size } of sizes) {
      room -= size;
      if (room >= 0) kept[type] = content;
      else dropped.push(`${type}, ${size.toLocaleString('en-US')} characters`);
    }
    if (dropped.length === 0) return data;
    const note = `[left out: ${dropped.join('; ')}]`;
    const text = kept['text/plain'];
    return { ...kept, 'text/plain': typeof text === 'string' ? `${text}\n${note}` : note };
  }
}

function characters(content: DisplayOutput['data'][string]): number {
  return typeof content === 'string' ? content.length : JSON.stringify(content).length;
}
