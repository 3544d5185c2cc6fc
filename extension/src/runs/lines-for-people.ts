/** Hands on the lines of a log that a person reads: the object of `--json` is left out. */
export class LinesForPeople {
  readonly #print: (text: string) => void;
  #rest = '';

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Takes text as it comes; a line that has begun waits for its end. */
  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (!line.startsWith('{"')) this.#print(`${line}\n`);
  }

  /** Hands on what stands in a line without an end. */
  end(): void {
    if (this.#rest !== '' && !this.#rest.startsWith('{"')) this.#print(`${this.#rest}\n`);
    this.#rest = '';
  }
}
