import { element, icon } from '../../webviews/element.ts';
import { countOf, formatCount } from './format-text.ts';
import type { PageContext } from './page-context.ts';

/** Lines shown at most; more of them tell nothing new. */
const MOST_SHOWN = 200;

/** The lines that are no records, behind a button; undefined where all are. */
export function invalidPanel({
  file,
  host,
  complain,
}: PageContext): { readonly button: HTMLElement; readonly panel: HTMLElement } | undefined {
  const { invalid, invalidCount, isText } = file;
  if (invalidCount === 0) return undefined;
  const panel = element(
    'div',
    { class: 'invalid', id: 'invalid-lines', hidden: true, role: 'region', tabIndex: 0 },
    ...(isText
      ? []
      : [
          element(
            'p',
            { class: 'muted' },
            'The file is compressed: unpack it to mend these lines.',
          ),
        ]),
    element(
      'ul',
      {},
      ...invalid.slice(0, MOST_SHOWN).map(({ line, reason, text }) =>
        element(
          'li',
          {},
          isText
            ? element(
                'button',
                {
                  type: 'button',
                  title: 'Show in text',
                  onclick: () => {
                    host.request('showText', { line }).catch(complain);
                  },
                },
                `Line ${formatCount(line)}`,
              )
            : element('span', { class: 'mono' }, `Line ${formatCount(line)}`),
          element('span', {}, reason),
          element('code', { class: 'muted' }, text),
        ),
      ),
    ),
    ...(invalidCount > MOST_SHOWN
      ? [element('p', { class: 'muted' }, `and ${formatCount(invalidCount - MOST_SHOWN)} more`)]
      : []),
  );
  panel.setAttribute('aria-label', 'Invalid lines');
  const button = element(
    'button',
    {
      type: 'button',
      class: 'invalid-button',
      'aria-expanded': 'false',
      'aria-controls': 'invalid-lines',
      onclick: () => {
        panel.hidden = !panel.hidden;
        button.setAttribute('aria-expanded', String(!panel.hidden));
      },
    },
    icon('warning'),
    countOf(invalidCount, 'invalid line'),
  );
  return { button, panel };
}
