import type { ProgressEvent } from 'tatabox/core/progress.ts';
import type { FileProgress } from 'tatabox/hub/byte-progress.ts';
import type { HubRetry } from 'tatabox/hub/hub-settings.ts';
import { sizeText } from './size-text.ts';

/** What is shown of a transfer, made of all that the library tells of it. */
export class TransferText {
  #total: ProgressEvent | undefined;
  #wait = '';
  readonly #files = new Map<string, FileProgress>();

  /** Takes the progress of the whole. */
  progress(event: ProgressEvent): void {
    if (event.task !== this.#total?.task) this.#files.clear();
    this.#total = event;
    this.#wait = '';
  }

  /** Takes the progress of one file. */
  file(event: FileProgress): void {
    this.#wait = '';
    if (event.done >= event.size) this.#files.delete(event.path);
    else this.#files.set(event.path, event);
  }

  /** Takes that the Hub is asked again later. */
  retry({ reason, waitSeconds, attempt, attempts }: HubRetry): void {
    const why = reason === 'rate-limit' ? 'the Hub asks for patience' : 'the connection failed';
    const when = waitSeconds < 1 ? 'now' : `in ${String(Math.ceil(waitSeconds))} s`;
    this.#wait = `${why}: attempt ${String(attempt)} of ${String(attempts)} ${when}`;
  }

  /** Share of the whole, 0 to 1; undefined before it is known. */
  get fraction(): number | undefined {
    const { done, total } = this.#total ?? { done: 0, total: undefined };
    return total === undefined || total === 0 ? undefined : Math.min(1, Math.max(0, done / total));
  }

  /** The text: bytes of the whole, the rate, and the files that are under way. */
  get text(): string {
    if (this.#wait !== '') return this.#wait;
    if (this.#total === undefined) return 'asking the Hub…';
    const { task, done, total = done, rate } = this.#total;
    const what =
      task === 'check the files' ? 'checking ' : task.startsWith('copy ') ? 'copying ' : '';
    const speed = rate === undefined || rate < 1 ? '' : `, ${sizeText(rate)}/s`;
    const files = [...this.#files.values()]
      .sort((a, b) => b.size - a.size)
      .map(({ path, done: part, size }) => `${path} ${String(Math.floor((100 * part) / size))} %`);
    const more = files.length > 2 ? ` and ${String(files.length - 2)} more` : '';
    const list = files.length === 0 ? '' : ` — ${files.slice(0, 2).join(', ')}${more}`;
    return `${what}${sizeText(Math.max(0, done))} of ${sizeText(total)}${speed}${list}`;
  }
}
