import './main.css';
import { byId, element, icon } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import type { ModelProtocol, ModelSummary } from '../model-protocol.ts';
import { cardView } from './card-view.ts';
import { cardFactsView, overviewView } from './overview-view.ts';
import { TensorsView, type TensorsState } from './tensors-view.ts';

const tabs = ['overview', 'tensors', 'card'] as const;
type Tab = (typeof tabs)[number];
const TITLES: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  tensors: 'Tensors',
  card: 'Model card',
};

/** What survives hiding and reload. */
interface Kept {
  readonly tab: Tab;
  readonly tops: Readonly<Partial<Record<Tab, number>>>;
  readonly tensors?: TensorsState;
}

const host = connectHost<ModelProtocol>();
const page = byId('page', HTMLDivElement);
const kept = (host.kept() ?? {}) as Partial<Kept>;
let tab: Tab = kept.tab ?? 'overview';
const tops: Partial<Record<Tab, number>> = { ...kept.tops };

const title = element('h1', {}, 'Reading the model…');
const actions = element('div', { class: 'actions' });
const tabList = element('div', {
  class: 'tabs',
  role: 'tablist',
  'aria-label': 'Parts of the model',
});
const panels: Readonly<Record<Tab, HTMLElement>> = {
  overview: panel('overview'),
  tensors: panel('tensors'),
  card: panel('card'),
};
const tensors = new TensorsView(host, keep);

function keep(): void {
  host.keep({ tab, tops, tensors: tensors.state } satisfies Kept);
}

function panel(name: Tab): HTMLElement {
  const made = element('div', {
    id: `panel-${name}`,
    class: `panel ${name}`,
    role: 'tabpanel',
    'aria-labelledby': `tab-${name}`,
    hidden: true,
  });
  made.addEventListener('scroll', () => {
    tops[name] = made.scrollTop;
    keep();
  });
  return made;
}

function show(next: Tab, focus = false): void {
  tab = next;
  for (const name of tabs) {
    const button = byId(`tab-${name}`, HTMLButtonElement);
    button.setAttribute('aria-selected', String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    panels[name].hidden = name !== tab;
    if (name === tab && focus) button.focus();
  }
  panels[tab].scrollTop = tops[tab] ?? 0;
  keep();
}

for (const name of tabs) {
  tabList.append(
    element(
      'button',
      {
        id: `tab-${name}`,
        class: 'tab',
        role: 'tab',
        type: 'button',
        'aria-controls': `panel-${name}`,
        onclick: () => {
          show(name);
        },
        onkeydown: ({ key }) => {
          const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
          const next = tabs[(tabs.indexOf(name) + step + tabs.length) % tabs.length];
          if (step !== 0 && next !== undefined) show(next, true);
        },
      },
      TITLES[name],
    ),
  );
}

function action(
  name: string,
  label: string,
  run: () => Promise<unknown>,
  isMain = false,
): HTMLElement {
  const onclick = (): void => {
    run().catch(fail);
  };
  const kind = isMain ? 'primary' : '';
  return element('button', { type: 'button', class: kind, onclick }, icon(name), label);
}

function showActions({ canPush, hasConfig }: ModelSummary): void {
  const push = action('cloud-upload', 'Push Model…', () => host.request('push', undefined), true);
  actions.replaceChildren(
    ...(canPush ? [push] : []),
    ...(hasConfig
      ? [action('json', 'Open config.json', () => host.request('open', { file: 'config.json' }))]
      : []),
    action('list-tree', 'Show in Explorer', () => host.request('reveal', undefined)),
  );
}

function showCard({ hasCard, canPush, card, cardFacts }: ModelSummary): void {
  if (!hasCard) {
    const edit = action('edit', 'Write Model Card…', () => host.request('editCard', undefined));
    panels.card.replaceChildren(
      element(
        'div',
        { class: 'empty' },
        element('p', {}, 'There is no README.md beside the weights, so the model has no card.'),
        canPush ? edit : undefined,
      ),
    );
    return;
  }
  const facts = cardFactsView(cardFacts);
  panels.card.replaceChildren(
    ...(facts === undefined ? [] : [facts, element('hr')]),
    cardView(card),
  );
}

function fail(error: unknown): void {
  if (error instanceof HostError && error.cancelled) return;
  const text = error instanceof Error ? error.message : String(error);
  title.textContent = 'The model cannot be shown';
  actions.replaceChildren();
  tabList.hidden = true;
  for (const name of tabs) panels[name].hidden = name !== 'overview';
  panels.overview.replaceChildren(element('p', { class: 'message error', role: 'alert' }, text));
}

let isFirst = true;

async function load(): Promise<void> {
  try {
    const summary = await host.request('summary', undefined);
    title.textContent = summary.title;
    tabList.hidden = false;
    showActions(summary);
    panels.overview.replaceChildren(overviewView(summary));
    panels.tensors.replaceChildren(tensors.element);
    showCard(summary);
    show(tab);
    if (isFirst && kept.tensors !== undefined) await tensors.restore(kept.tensors);
    else await tensors.refresh({ keepPlace: !isFirst });
    isFirst = false;
  } catch (error) {
    fail(error);
  }
}

page.append(
  element('header', {}, title, actions),
  tabList,
  panels.overview,
  panels.tensors,
  panels.card,
);
host.on('changed', () => {
  void load();
});
void load();
