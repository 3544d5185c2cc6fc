import { element, icon, iconButton } from '../../webviews/element.ts';
import type { BaseColors } from '../fasta-protocol.ts';

/** What the toolbar begins with and tells. */
export interface ToolbarOptions {
  readonly protein: boolean;
  readonly aligned: boolean;
  readonly rna: boolean;
  readonly reverse: boolean;
  readonly frames: boolean;
  readonly alignment: boolean;
  /** Whether the letters of the file are U. */
  readonly fileIsRna: boolean;
  readonly colors: BaseColors;
  onGoTo(text: string): void;
  onReverse(on: boolean): void;
  onRna(on: boolean): void;
  onFrames(on: boolean): void;
  onAlignment(on: boolean): void;
  onColors(colors: BaseColors): void;
  onCopy(): void;
  onCopyRows(): void;
  onPanel(): void;
}

/** A button that stays pressed. */
export function toggle(
  text: string,
  title: string,
  on: boolean,
  onToggle: (on: boolean) => void,
): HTMLButtonElement {
  const button = element(
    'button',
    { class: 'toggle', type: 'button', title, 'aria-pressed': String(on) },
    text,
  );
  button.addEventListener('click', () => {
    const next = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(next));
    onToggle(next);
  });
  return button;
}

const COLOR_NAMES: Readonly<Record<BaseColors, string>> = {
  theme: 'Theme colours',
  colorBlindSafe: 'Colour-blind safe',
  none: 'No colours',
};

/** The upper toolbar: where to go, and how letters are shown. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #goTo: HTMLInputElement;
  readonly #colors: HTMLSelectElement;
  readonly #alignment: HTMLButtonElement;
  readonly #reverse: HTMLButtonElement;

  constructor(options: ToolbarOptions) {
    const { protein, aligned, fileIsRna } = options;
    this.#goTo = element('input', {
      class: 'go-to mono',
      type: 'text',
      placeholder: 'chr1:1,234-5,678',
      title: 'Name, name:position or name:start-end (Ctrl+G)',
      'aria-label': 'Go to position',
      spellcheck: false,
    });
    this.#goTo.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') options.onGoTo(this.#goTo.value);
    });
    this.#colors = element('select', {
      title: 'Colours of letters (setting tatabox.baseColors)',
      'aria-label': 'Colours of letters',
    });
    for (const [value, name] of Object.entries(COLOR_NAMES)) {
      this.#colors.append(element('option', { value }, name));
    }
    this.#colors.value = options.colors;
    this.#colors.addEventListener('change', () => {
      options.onColors(this.#colors.value as BaseColors);
    });
    this.#alignment = toggle(
      'Alignment',
      'Show records below each other with conservation and consensus',
      options.alignment,
      options.onAlignment,
    );
    this.#reverse = toggle(
      'Rev. comp.',
      'Show the reverse complement',
      options.reverse,
      options.onReverse,
    );
    const strands = [
      this.#reverse,
      fileIsRna
        ? toggle('DNA', 'Show T in place of U', !options.rna, (on) => {
            options.onRna(!on);
          })
        : toggle('RNA', 'Show U in place of T', options.rna, options.onRna),
      toggle('6 frames', 'Show the translation in six frames', options.frames, options.onFrames),
    ];
    this.element = element(
      'div',
      { class: 'toolbar', 'aria-label': 'View' },
      this.#goTo,
      iconButton('arrow-right', 'Go', () => {
        options.onGoTo(this.#goTo.value);
      }),
      ...(protein ? [] : strands),
      ...(aligned ? [this.#alignment] : []),
      this.#colors,
      element('span', { class: 'spacer' }),
      iconButton('copy', 'Copy selection as FASTA (Ctrl+C)', options.onCopy),
      iconButton('list-flat', 'Copy visible rows as text', options.onCopyRows),
      iconButton('graph', 'Composition and hits', options.onPanel),
    );
    this.element.setAttribute('role', 'toolbar');
  }

  focusGoTo(): void {
    this.#goTo.focus();
    this.#goTo.select();
  }

  set colors(colors: BaseColors) {
    this.#colors.value = colors;
  }

  set alignment(on: boolean) {
    this.#alignment.setAttribute('aria-pressed', String(on));
  }

  /** Marks the field as wrong until it is changed. */
  set wrong(wrong: boolean) {
    this.#goTo.setAttribute('aria-invalid', String(wrong));
  }
}

/** A message above the sequence, with what can be done about it. */
export function banner(
  kind: 'info' | 'warning' | 'error',
  text: string,
  ...actions: (readonly [label: string, act: () => void])[]
): HTMLElement {
  const made = element(
    'div',
    { class: `banner message ${kind === 'info' ? '' : kind}` },
    icon(kind),
    element('span', { class: 'banner-text' }, text),
  );
  made.setAttribute('role', kind === 'error' ? 'alert' : 'status');
  for (const [label, act] of actions) {
    made.append(
      element(
        'button',
        {
          type: 'button',
          onclick: () => {
            made.remove();
            act();
          },
        },
        label,
      ),
    );
  }
  made.append(
    iconButton('close', 'Dismiss', () => {
      made.remove();
    }),
  );
  return made;
}
