import { randomBytes } from 'node:crypto';

/**
 * Representations of one result by MIME type; a front end shows the one that it prefers. Text types
 * hold text, `image/svg+xml` the SVG text, `image/png` base64, JSON types the object itself.
 */
export type MimeBundle = Readonly<Record<string, string | object>>;

/**
 * A result that can be shown: in a tslab cell by `show()`, in Deno's kernel by
 * `Symbol.for('Jupyter.display')`, in a terminal as text.
 */
export abstract class Displayable {
  /** The representations, `text/plain` always among them. */
  abstract mimeBundle(): MimeBundle;

  /** Shows the result in the notebook cell that runs, or prints its text where there is none. */
  show(): void {
    display(this.mimeBundle());
  }

  [Symbol.for('Jupyter.display')](): MimeBundle {
    return this.mimeBundle();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return plainText(this.mimeBundle());
  }

  toString(): string {
    return plainText(this.mimeBundle());
  }
}

/** One place in a notebook whose content can be replaced, for example a progress bar. */
export interface DisplayHandle {
  /** Shows the bundle the first time, replaces what is shown every further time. */
  update(bundle: MimeBundle): void;
}

/** Sends `display_data` (or `update_display_data`) for the cell that runs. */
type DisplayWriter = (
  content: { data: MimeBundle; metadata: object; transient: { display_id?: string } },
  update: boolean,
) => void;

interface TslabDisplay {
  raw(mimeType: string, content: string | object): void;
}

interface Tslab {
  readonly display: TslabDisplay;
  newDisplay(): TslabDisplay;
}

interface KernelRequire {
  (name: string): unknown;
  readonly cache?: Readonly<Record<string, { readonly exports?: unknown } | undefined>>;
}

/** The kernel's own `require`, reached without importing tslab; undefined outside a cell. */
function kernelRequire(): KernelRequire | undefined {
  return (globalThis as { __tslab__?: { require?: KernelRequire } }).__tslab__?.require;
}

/** The kernel's own instance of tslab, wherever it is installed. */
function tslabModule(): Tslab | undefined {
  return kernelRequire()?.('tslab') as Tslab | undefined;
}

const KERNEL_MODULE = /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/;

/**
 * The function that tslab sends display messages with. Its public API sends one MIME type a
 * message, so this internal variable is the only way to a whole bundle. It is looked for among the
 * loaded modules and not by name, because a second tslab beside the notebook would be found by name
 * and has never run a cell.
 */
function displayWriter(): DisplayWriter | undefined {
  const loaded = kernelRequire()?.cache ?? {};
  for (const file in loaded) {
    if (!KERNEL_MODULE.test(file)) continue;
    const exported = loaded[file]?.exports as { lastWriteDisplayData?: unknown } | undefined;
    const writer = exported?.lastWriteDisplayData;
    if (typeof writer === 'function') return writer as DisplayWriter;
  }
  return undefined;
}

/** Whether this code runs in a tslab notebook. */
export function isNotebook(): boolean {
  return kernelRequire() !== undefined;
}

/**
 * A value that stays the same while one notebook cell runs and differs in the next; undefined where
 * it cannot be known.
 */
export function runningCell(): object | undefined {
  return displayWriter();
}

/** The types that a bundle is reduced to where only one can be shown, richest first. */
const RICHEST_FIRST = ['text/html', 'image/svg+xml', 'image/png', 'text/markdown', 'text/plain'];

function plainText(bundle: MimeBundle): string {
  const text = bundle['text/plain'];
  return typeof text === 'string' ? text : '';
}

function showRichest(target: TslabDisplay, bundle: MimeBundle): void {
  const mimeType = RICHEST_FIRST.find((type) => bundle[type] !== undefined);
  const [type, content] =
    mimeType === undefined
      ? (Object.entries(bundle)[0] ?? ['text/plain', ''])
      : [mimeType, bundle[mimeType] ?? ''];
  target.raw(type, content);
}

/**
 * Shows a MIME bundle in the running notebook cell as one output; prints `text/plain` to stdout
 * outside a notebook.
 *
 * Which representation is seen is the front end's choice: JupyterLab takes `text/html` before
 * Vega-Lite and Vega-Lite before SVG, so a chart that is to be interactive there has no `text/html`.
 *
 * @example
 * display({ 'text/plain': 'GC 38.2 %', 'text/html': '<b>GC</b> 38.2 %' });
 */
export function display(bundle: MimeBundle): void {
  createDisplayHandle().update(bundle);
}

/**
 * An output that can be replaced in place. It appears with the first `update`, in the cell that runs
 * then. Outside a notebook each update prints its `text/plain`.
 *
 * @example
 * const handle = createDisplayHandle();
 * handle.update({ 'text/plain': 'step 1 of 2' });
 * handle.update({ 'text/plain': 'step 2 of 2' });
 */
export function createDisplayHandle(): DisplayHandle {
  const id = randomBytes(8).toString('hex');
  let shown = false;
  let single: TslabDisplay | undefined;
  return {
    update(bundle) {
      const writer = single === undefined ? displayWriter() : undefined;
      if (writer !== undefined) {
        writer({ data: bundle, metadata: {}, transient: { display_id: id } }, shown);
        shown = true;
        return;
      }
      single ??= tslabModule()?.newDisplay();
      if (single === undefined) process.stdout.write(`${plainText(bundle)}\n`);
      else showRichest(single, bundle);
    },
  };
}
