import { element } from '../../webviews/element.ts';
import type { CardBlock, CardSpan } from '../card-blocks.ts';

function spanNode({ text, strong, emphasis, code, href }: CardSpan): Node {
  if (href !== undefined) return element('a', { href, title: href }, text);
  if (code === true) return element('code', {}, text);
  if (strong === true) return element('strong', {}, text);
  if (emphasis === true) return element('em', {}, text);
  return document.createTextNode(text);
}

const nodes = (spans: readonly CardSpan[]): Node[] => spans.map(spanNode);

function listNode({ ordered, items }: CardBlock & { kind: 'list' }): HTMLElement {
  const make = (): HTMLElement => element(ordered ? 'ol' : 'ul');
  const top = make();
  const open = [top];
  for (const { depth, spans } of items) {
    while (open.length > depth + 1) open.pop();
    if (open.length < depth + 1) {
      const parent = open.at(-1);
      const inner = make();
      (parent?.lastElementChild ?? parent)?.append(inner);
      open.push(inner);
    }
    open.at(-1)?.append(element('li', {}, ...nodes(spans)));
  }
  return top;
}

function blockNode(block: CardBlock): HTMLElement {
  switch (block.kind) {
    case 'heading': {
      // The page has a heading above the card already.
      const tag = (['h2', 'h3', 'h4', 'h5', 'h6'] as const)[Math.min(4, block.level - 1)] ?? 'h6';
      return element(tag, {}, ...nodes(block.spans));
    }
    case 'paragraph':
      return element('p', {}, ...nodes(block.spans));
    case 'quote':
      return element('blockquote', {}, ...nodes(block.spans));
    case 'code':
      return element('pre', { tabIndex: 0 }, element('code', {}, block.text));
    case 'list':
      return listNode(block);
    case 'rule':
      return element('hr');
    case 'table':
      return element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...block.header.map((cell) => element('th', {}, ...nodes(cell)))),
        ),
        element(
          'tbody',
          {},
          ...block.rows.map((row) =>
            element('tr', {}, ...row.map((cell) => element('td', {}, ...nodes(cell)))),
          ),
        ),
      );
  }
}

/** A model card as elements; whatever it holds is text. */
export function cardView(blocks: readonly CardBlock[]): HTMLElement {
  return element('article', { class: 'card' }, ...blocks.map(blockNode));
}
