import { element } from '../../webviews/element.ts';
import { parseMarkdown, splitCard, type Block, type Inline } from '../markdown-blocks.ts';

function inline(spans: readonly Inline[]): Node[] {
  return spans.map((span) => {
    switch (span.kind) {
      case 'text':
        return document.createTextNode(span.text);
      case 'code':
        return element('code', {}, span.text);
      case 'strong':
        return element('strong', {}, span.text);
      case 'emphasis':
        return element('em', {}, span.text);
      case 'link':
        return element('a', { href: span.address, title: span.address }, span.text);
    }
  });
}

function block(part: Block): HTMLElement {
  switch (part.kind) {
    case 'heading': {
      // The page has a heading of its own above the card.
      const tags = ['h3', 'h4', 'h5', 'h6'] as const;
      return element(tags[Math.min(part.level, 4) - 1] ?? 'h6', {}, ...inline(part.content));
    }
    case 'paragraph':
      return element('p', {}, ...inline(part.content));
    case 'quote':
      return element('blockquote', {}, ...inline(part.content));
    case 'code':
      return element('pre', { class: 'mono', tabIndex: 0 }, part.text);
    case 'rule':
      return element('hr');
    case 'list': {
      const items = part.items.map((item) => element('li', {}, ...inline(item)));
      return part.ordered ? element('ol', {}, ...items) : element('ul', {}, ...items);
    }
    case 'table':
      return element(
        'div',
        { class: 'scroll', tabIndex: 0 },
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, ...part.head.map((cell) => element('th', {}, ...inline(cell)))),
          ),
          element(
            'tbody',
            {},
            ...part.rows.map((row) =>
              element('tr', {}, ...row.map((cell) => element('td', {}, ...inline(cell)))),
            ),
          ),
        ),
      );
  }
}

/** A model card as rendered text: elements and text nodes alone, whatever it holds. */
export function cardView(card: string): HTMLElement {
  const { front, text } = splitCard(card);
  return element(
    'div',
    { class: 'card' },
    front === ''
      ? element('p', { class: 'muted' }, 'The card has no front matter.')
      : element(
          'details',
          {},
          element('summary', {}, 'Front matter, which the Hub reads'),
          element('pre', { class: 'mono', tabIndex: 0 }, front),
        ),
    ...parseMarkdown(text).map(block),
  );
}
