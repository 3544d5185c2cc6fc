import './main.css';
import { byId, element, icon } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import type { OpenedFile, TracksProtocol } from '../tracks-protocol.ts';
import { LoadingScreen } from './loading-screen.ts';
import { OpenFileView } from './open-file-view.ts';
import { pageState } from './page-state.ts';

const host = connectHost<TracksProtocol>();
const root = byId('page', HTMLElement);
const loading = new LoadingScreen({
  stop: () => {
    void host.request('stop', {});
  },
  again: () => {
    void open(true);
  },
});
const banner = element('div', { class: 'message warning banner', role: 'alert', hidden: true });
const body = element('div', { class: 'page-body' });
root.append(banner, body);
let state = pageState(host.kept());
let shown: OpenFileView | undefined;

async function open(again: boolean): Promise<void> {
  shown?.dispose();
  shown = undefined;
  banner.hidden = true;
  body.replaceChildren(loading.element);
  loading.begin();
  try {
    show(await host.request('open', { again }));
  } catch (error) {
    const cancelled = error instanceof HostError && error.cancelled;
    loading.fail(error instanceof Error ? error.message : String(error), cancelled);
  }
}

function show(file: OpenedFile): void {
  shown = new OpenFileView(host, file, {
    state: () => state,
    keep: (change) => {
      state = { ...state, ...change };
      host.keep(state);
    },
  });
  body.replaceChildren(shown.element);
  shown.show();
}

host.on('progress', (event) => {
  loading.progress(event);
});
host.on('info', (info) => {
  shown?.update(info);
});
host.on('goTo', () => {
  shown?.goTo();
});
host.on('stale', ({ isGone }) => {
  banner.hidden = false;
  const reload = element(
    'button',
    {
      type: 'button',
      onclick: () => {
        void open(true);
      },
    },
    icon('refresh'),
    'Reload',
  );
  const text = isGone
    ? 'The file is gone. What is shown was read before.'
    : 'The file changed on disk.';
  banner.replaceChildren(element('span', {}, text), ...(isGone ? [] : [reload]));
});
void open(false);
