import './main.css';
import { byId, element } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import type { FastaProtocol, FileInfo } from '../fasta-protocol.ts';
import { FastaPage } from './fasta-page.ts';
import { banner } from './toolbar.ts';

const host = connectHost<FastaProtocol>();
const root = byId('fasta', HTMLDivElement);
const banners = element('div', { class: 'banners' });
let page: FastaPage | undefined;

/** Opens the file, with its progress, and shows the page or what went wrong. */
async function open(again: boolean): Promise<void> {
  const abort = new AbortController();
  const text = element('p', {}, 'Opening…');
  const share = element('div');
  const state = element(
    'div',
    { class: 'opening' },
    element('div', { class: 'progress', 'aria-hidden': 'true' }, share),
    text,
    element(
      'button',
      {
        type: 'button',
        onclick: () => {
          abort.abort();
        },
      },
      'Cancel',
    ),
  );
  text.setAttribute('role', 'status');
  progress = (event): void => {
    text.textContent = event.text;
    share.style.width = event.share === undefined ? '100%' : `${String(100 * event.share)}%`;
  };
  page = undefined;
  banners.replaceChildren();
  root.replaceChildren(state);
  try {
    show(await host.request('open', { again }, { signal: abort.signal }));
  } catch (error) {
    const cancelled = error instanceof HostError && error.cancelled;
    const said = error instanceof Error ? error.message : String(error);
    root.replaceChildren(banners, failed(cancelled, said));
  }
}

let progress: (event: FastaProtocol['events']['progress']) => void = () => undefined;

function failed(cancelled: boolean, said: string): HTMLElement {
  const message = element(
    'div',
    { class: cancelled ? 'message' : 'message error' },
    cancelled ? 'Opening was cancelled.' : said,
  );
  message.setAttribute('role', 'alert');
  return element(
    'div',
    { class: 'opening' },
    message,
    element(
      'button',
      { type: 'button', class: 'primary', onclick: () => void open(true) },
      cancelled ? 'Open' : 'Retry',
    ),
    element(
      'button',
      { type: 'button', onclick: () => void host.request('openText', undefined) },
      'Open as Text',
    ),
  );
}

function show(info: FileInfo): void {
  if (info.recordCount === 0) {
    root.replaceChildren(
      banners,
      failed(false, `${info.file} has no records; one begins with >NAME.`),
    );
    return;
  }
  page = new FastaPage({ host, info, banners, onRetry: () => void open(true) });
  root.replaceChildren(banners, page.element);
  for (const notice of info.notices) banners.append(banner('info', notice));
}

host.on('progress', (event) => {
  progress(event);
});
host.on('changed', (state) => {
  for (const shown of banners.querySelectorAll('.file-state')) shown.remove();
  if (state === 'same') return;
  const made =
    state === 'vanished'
      ? banner('warning', 'The file is no longer there.', ['Retry', () => void open(true)])
      : banner('warning', 'The file changed on disk.', ['Reload', () => void open(true)]);
  made.classList.add('file-state');
  banners.append(made);
});
host.on('hits', (batch) => page?.hear(batch));
host.on('searched', (state) => page?.hearSearched(state));
host.on('show', (place) => void page?.go(place));
host.on('focusGoTo', () => page?.focusGoTo());
host.on('baseColors', (colors) => {
  if (page !== undefined) page.colors = colors;
});
host.on('notice', ({ text, error }) => {
  banners.append(banner(error ? 'error' : 'info', text));
});

void open(false);
