import { element } from '../../webviews/element.ts';
import type { ModelFact } from '../model-fact.ts';
import type { FactSection, ModelSummary } from '../model-protocol.ts';
import { bytesText } from '../tensor-table.ts';

const count = (value: number): string => value.toLocaleString('en-US');

function factList(facts: readonly ModelFact[]): HTMLElement {
  const list = element('dl', { class: 'facts' });
  for (const [label, value] of facts)
    list.append(element('dt', {}, label), element('dd', {}, value));
  return list;
}

function section({ title, facts }: FactSection): HTMLElement {
  return element('section', {}, element('h2', {}, title), factList(facts));
}

/** Counts of parameters as one says them: 1.2 million. */
export function parametersText(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toPrecision(3)} billion`;
  if (parameters >= 1e6) return `${(parameters / 1e6).toPrecision(3)} million`;
  return count(parameters);
}

/** Size, types, architecture and settings of a model. */
export function overviewView(summary: ModelSummary): HTMLElement {
  const { files, dtypes, parameters, bytes, tensors } = summary;
  const tiles: [string, string, string][] = [
    ['Parameters', parametersText(parameters), count(parameters)],
    ['Size', bytesText(bytes), `${count(bytes)} bytes in ${count(files.length)} files`],
    ['Tensors', count(tensors), ''],
    ['Type', dtypes.map(({ dtype }) => dtype).join(', '), ''],
  ];
  return element(
    'div',
    { class: 'overview' },
    element(
      'div',
      { class: 'tiles' },
      ...tiles.map(([label, value, title]) =>
        element(
          'div',
          { class: 'tile', title },
          element('div', { class: 'muted' }, label),
          element('div', { class: 'tile-value' }, value),
        ),
      ),
    ),
    ...summary.problems.map((problem) => element('p', { class: 'message warning' }, problem)),
    ...summary.sections.map(section),
    dtypes.length < 2
      ? undefined
      : section({
          title: 'Types',
          facts: dtypes.map(
            (share) =>
              [
                share.dtype,
                `${count(share.tensors)} tensors, ${count(share.parameters)} parameters, ${bytesText(share.bytes)}`,
              ] as const,
          ),
        }),
    files.length < 2
      ? undefined
      : section({
          title: 'Files',
          facts: files.map(({ name, bytes: size }) => [name, bytesText(size)] as const),
        }),
  );
}

/** The front matter of a card. */
export function cardFactsView(facts: readonly ModelFact[]): HTMLElement | undefined {
  return facts.length === 0 ? undefined : factList(facts);
}
