import { element, icon } from '../../webviews/element.ts';
import type { ShownFile, ShownPlan } from '../push-protocol.ts';
import { sizeText } from '../size-text.ts';

const STATES: Readonly<Record<ShownFile['state'], readonly [icon: string, label: string]>> = {
  new: ['diff-added', 'new'],
  changed: ['diff-modified', 'changed'],
  same: ['check', 'on the Hub already'],
};

function fileRow({ path, size, large, state }: ShownFile): HTMLElement {
  const [name, label] = STATES[state];
  return element(
    'tr',
    { class: state },
    element('td', { class: 'path' }, icon(name), ' ', path),
    element('td', { class: 'number' }, sizeText(size)),
    element('td', {}, large ? 'LFS' : ''),
    element('td', {}, label),
  );
}

function table(
  columns: readonly string[],
  label: string,
  rows: readonly HTMLElement[],
): HTMLElement {
  const head = columns.map((column) => element('th', { scope: 'col' }, column));
  return element(
    'div',
    { class: 'scroll', tabIndex: 0 },
    element(
      'table',
      { 'aria-label': label },
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    ),
  );
}

/** The files that a push sends, and those that stay here. */
export function filesView(plan: ShownPlan): HTMLElement[] {
  const { files, fileCount, leftOut, leftOutCount, sendBytes } = plan;
  const count = files.filter(({ state }) => state !== 'same').length;
  const summary =
    count === 0
      ? 'The Hub has all files already.'
      : `${String(count)} of ${String(fileCount)} files to send, ${sizeText(sendBytes)}`;
  const hidden = fileCount - files.length;
  return [
    element('h2', {}, 'Files'),
    element('p', { class: 'muted' }, summary),
    table(['Name', 'Size', 'Storage', 'State'], 'Files of the model', files.map(fileRow)),
    ...(hidden > 0 ? [element('p', { class: 'muted' }, `and ${String(hidden)} more`)] : []),
    ...(leftOutCount === 0
      ? []
      : [
          element('h2', {}, 'Left out'),
          table(
            ['Name', 'Reason'],
            'Files that are not sent',
            leftOut.map(({ path, reason }) =>
              element('tr', {}, element('td', { class: 'path' }, path), element('td', {}, reason)),
            ),
          ),
        ]),
  ];
}
