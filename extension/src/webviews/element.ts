/** What an element gets: properties of the element, `class`, attributes with `aria-` or `data-`, `on…`. */
export type ElementOptions<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], 'style' | 'children' | 'className'>
> & {
  readonly class?: string;
  readonly [attribute: `aria-${string}` | `data-${string}`]: string | undefined;
};

/**
 * Makes an element. Texts become text nodes, never HTML: names come from files that may hold anything.
 *
 * @example
 * element('button', { class: 'primary', onclick: start }, icon('play'), 'Run');
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions<K> = {},
  ...children: (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === 'class') made.className = value as string;
    else if (/^(aria|data)-/.test(name)) made.setAttribute(name, String(value));
    else (made as unknown as Record<string, unknown>)[name] = value;
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A codicon by its name, as `search`; it says nothing to screen readers. */
export function icon(name: string): HTMLElement {
  return element('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

/** A button of a toolbar that shows an icon alone; the label is its tooltip and what is read aloud. */
export function iconButton(name: string, label: string, onclick: () => void): HTMLButtonElement {
  return element(
    'button',
    { class: 'icon-button', title: label, 'aria-label': label, type: 'button', onclick },
    icon(name),
  );
}

/** The element with an id of the page's own HTML. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} '${id}'`);
  return found;
}
