import './main.css';
import { byId, element, icon } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import type { PushPageState, PushProtocol, ShownPlan, ShownResult } from '../push-protocol.ts';
import { cardView } from './card-view.ts';
import { filesView } from './files-view.ts';

const host = connectHost<PushProtocol>();
const page = byId('page', HTMLDivElement);
const bar = byId('bar', HTMLDivElement);
const done = byId('done', HTMLDivElement);
const status = byId('status', HTMLDivElement);

let kept: Partial<PushPageState> = (host.kept() as Partial<PushPageState> | undefined) ?? {};

function keep(change: Partial<PushPageState>): void {
  kept = { ...kept, ...change };
  host.keep(kept);
}

function showProgress(text: string, fraction: number | null): void {
  bar.hidden = false;
  done.style.width = `${String(Math.round(100 * (fraction ?? 0)))}%`;
  if (fraction === null) bar.removeAttribute('aria-valuenow');
  else bar.setAttribute('aria-valuenow', String(Math.round(100 * fraction)));
  const line = document.getElementById('transfer');
  if (line !== null) line.textContent = text;
}

function message(kind: '' | 'error' | 'warning', text: string, ...actions: Node[]): HTMLElement {
  return element(
    'div',
    { class: `message ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    element('div', {}, text),
    ...(actions.length === 0 ? [] : [element('div', { class: 'actions' }, ...actions)]),
  );
}

function visibility(plan: ShownPlan): { view: HTMLElement; isPrivate: () => boolean } {
  if (plan.exists) {
    const isPrivate = plan.private === true;
    const view = element(
      'p',
      {},
      icon(isPrivate ? 'lock' : 'globe'),
      ` The model is on the Hub already and is ${isPrivate ? 'private' : 'public'}; this push changes its files alone.`,
    );
    return { view, isPrivate: () => isPrivate };
  }
  const choice = (value: boolean, label: string, hint: string): [HTMLInputElement, HTMLElement] => {
    const input = element('input', {
      type: 'radio',
      name: 'visibility',
      checked: (kept.private ?? true) === value,
      onchange: () => {
        keep({ private: value });
      },
    });
    const text = element('span', {}, icon(value ? 'lock' : 'globe'), ` ${label} `);
    return [input, element('label', {}, input, text, element('span', { class: 'muted' }, hint))];
  };
  const [hidden, hiddenView] = choice(
    true,
    'Private',
    'only you, or your organization, can see it',
  );
  const [, publicView] = choice(false, 'Public', 'everybody can see and download it');
  const view = element(
    'fieldset',
    {},
    element('legend', {}, 'The model is new on the Hub. Who may see it?'),
    hiddenView,
    publicView,
  );
  return { view, isPrivate: () => hidden.checked };
}

function showResult(plan: ShownPlan, { changed, sent, skipped, replaced, url }: ShownResult): void {
  const text = changed
    ? `Pushed: ${String(sent)} files sent, ${String(skipped)} were there already.`
    : 'The Hub has all files already; nothing was sent.';
  const open = element(
    'button',
    { type: 'button', class: 'primary', onclick: () => void host.request('openPage', {}) },
    icon('link-external'),
    'Open Page',
  );
  const lost =
    replaced.length === 0
      ? []
      : [
          message(
            'warning',
            `Somebody else changed ${replaced.join(', ')} meanwhile; their version is in the history of ${plan.repo}.`,
          ),
        ];
  page.prepend(message('', `${text}\n${url}`, open), ...lost);
  status.textContent = text;
  open.focus();
}

function showPlan(plan: ShownPlan): void {
  const { view, isPrivate } = visibility(plan);
  const text = element('textarea', {
    id: 'message',
    rows: 2,
    placeholder: 'Push a model with tatabox',
    value: kept.message ?? '',
    oninput: () => {
      keep({ message: text.value });
    },
  });
  const transfer = element('span', { id: 'transfer', class: 'muted' });
  const button = element(
    'button',
    { type: 'button', class: 'primary', onclick: () => void push() },
    icon('cloud-upload'),
    plan.exists ? 'Push' : 'Create and Push',
  );
  const again = element(
    'button',
    { type: 'button', onclick: () => void load() },
    icon('refresh'),
    'Look Again',
  );
  const edit = element(
    'button',
    { type: 'button', onclick: () => void host.request('editCard', {}) },
    icon('edit'),
    'Edit Card',
  );
  async function push(): Promise<void> {
    for (const each of page.querySelectorAll('.message')) each.remove();
    for (const each of [button, again]) each.disabled = true;
    showProgress('asking the Hub…', null);
    try {
      const choice = { private: isPrivate(), message: text.value };
      const result = await host.request('push', choice);
      if (result !== undefined) {
        await load();
        showResult(plan, result);
      }
    } catch (error) {
      const cancelled = error instanceof HostError && error.cancelled;
      const said = error instanceof Error ? error.message : String(error);
      page.prepend(
        cancelled
          ? message(
              '',
              'Stopped. The model on the Hub is as it was; large files that arrived are not sent again.',
            )
          : message('error', said),
      );
      page.scrollTop = 0;
    } finally {
      for (const each of [button, again]) each.disabled = false;
      bar.hidden = true;
      transfer.textContent = '';
    }
  }
  page.replaceChildren(
    element('h1', {}, `Push ${plan.folder} to ${plan.repo}`),
    element(
      'p',
      { class: 'muted' },
      `As ${plan.account} at ${plan.endpoint}. Nothing is sent before you press the button.`,
    ),
    view,
    element('label', { class: 'field', htmlFor: 'message' }, 'Commit message'),
    text,
    element('div', { class: 'actions' }, button, again, transfer),
    ...filesView(plan),
    element('div', { class: 'heading' }, element('h2', {}, 'Model card'), edit),
    ...(plan.cardUnsaved
      ? [
          message(
            'warning',
            'README.md has unsaved changes, which would not be sent: save it, then look again.',
          ),
        ]
      : []),
    cardView(plan.card),
  );
}

async function load(): Promise<void> {
  showProgress('', null);
  status.textContent = 'Looking at the folder and the Hub';
  if (page.childElementCount === 0) {
    page.replaceChildren(element('p', { class: 'muted' }, 'Looking at the folder and the Hub…'));
  }
  try {
    const plan = await host.request('plan', {});
    showPlan(plan);
    page.scrollTop = kept.scroll ?? 0;
    status.textContent = 'Ready to push';
  } catch (error) {
    const retry = element(
      'button',
      { type: 'button', onclick: () => void load() },
      icon('refresh'),
      'Retry',
    );
    const edit = element(
      'button',
      { type: 'button', onclick: () => void host.request('editCard', {}) },
      icon('edit'),
      'Edit Card',
    );
    const said = error instanceof Error ? error.message : String(error);
    page.replaceChildren(element('h1', {}, 'Cannot push yet'), message('error', said, retry, edit));
  } finally {
    bar.hidden = true;
  }
}

host.on('progress', ({ text, fraction }) => {
  showProgress(text, fraction);
});
host.on('target', (target) => {
  keep(target);
});
page.addEventListener('scroll', () => {
  keep({ scroll: page.scrollTop });
});
void load();
