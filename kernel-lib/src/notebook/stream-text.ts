/**
 * What a terminal would show of a text in which lines overwrite themselves: progress bars print
 * `\r` before each new state, and only the last state is worth keeping in a notebook.
 */
export function resolveCarriageReturns(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .replaceAll(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => (/[\r\b]/.test(line) ? lastState(line) : line))
    .join('\n');
}

const ERASE = /\x1b\[[0-2]?K/; // eslint-disable-line no-control-regex -- the terminal's own codes

/** In a regular expression `\\b` outside brackets would be a word boundary. */
const CHARACTER_ERASED = /[^\b][\b]/;

function lastState(line: string): string {
  let state = '';
  for (const segment of line.split('\r')) state = overwrite(state, segment);
  while (CHARACTER_ERASED.test(state)) state = state.replace(CHARACTER_ERASED, '');
  return state.replaceAll('\b', '');
}

function overwrite(old: string, segment: string): string {
  // Escape codes take no column, so columns cannot be counted through them: the new state wins.
  if (ERASE.test(segment)) return segment.split(ERASE).join('');
  if (segment.includes('\x1b') || old.includes('\x1b')) return segment === '' ? old : segment;
  return segment + old.slice(segment.length);
}

/**
 * Text that grows piece by piece and stays bounded: what was overwritten is dropped, and of a text
 * that is longer than the limit the beginning and the end are kept.
 */
export class StreamText {
  readonly #limit: number;
  #head = '';
  #tail = '';
  #omitted = 0;

  /** @param limit the most characters that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  append(text: string): void {
    this.#tail += text;
    if (this.#tail.length > 2 * this.#limit) this.#compact();
  }

  /** Takes away what the text ends with. @returns whether it ends so */
  removeEnd(text: string): boolean {
    if (!this.#tail.endsWith(text)) return false;
    this.#tail = this.#tail.slice(0, this.#tail.length - text.length);
    return true;
  }

  toString(): string {
    this.#compact();
    const end = resolveCarriageReturns(this.#tail);
    if (this.#omitted === 0) return this.#head + end;
    return `${this.#head}\n[… ${this.#omitted.toLocaleString('en-US')} characters left out …]\n${end}`;
  }

  #compact(): void {
    // Only what lies before the last carriage return is settled; what follows may be overwritten.
    const settled = this.#tail.lastIndexOf('\r') + 1;
    if (settled > 0) {
      const end = this.#tail.slice(settled);
      this.#tail = `${resolveCarriageReturns(this.#tail.slice(0, settled))}\r${end}`;
    }
    const half = Math.floor(this.#limit / 2);
    if (this.#head === '' && this.#tail.length > this.#limit) {
      this.#head = this.#tail.slice(0, half);
      this.#tail = this.#tail.slice(half);
    }
    if (this.#head !== '' && this.#tail.length > half) {
      this.#omitted += this.#tail.length - half;
      this.#tail = this.#tail.slice(-half);
    }
  }
}
