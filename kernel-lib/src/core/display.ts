/** Representations of one result by MIME type; a front end shows the richest that it knows. */
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
    return String(this.mimeBundle()['text/plain'] ?? '');
  }

  toString(): string {
    return String(this.mimeBundle()['text/plain'] ?? '');
  }
}

interface TslabDisplay {
  raw(mimeType: string, content: string): void;
}

/** The kernel's own instance of tslab, reached without importing tslab; undefined outside a cell. */
function tslabDisplay(): TslabDisplay | undefined {
  const kernel = (
    globalThis as { __tslab__?: { require?: (name: string) => { display: TslabDisplay } } }
  ).__tslab__;
  return kernel?.require?.('tslab').display;
}

/** Whether this code runs in a tslab notebook. */
export function isNotebook(): boolean {
  return tslabDisplay() !== undefined;
}

/** Shows a MIME bundle in the running notebook cell; prints `text/plain` outside a notebook. */
export function display(bundle: MimeBundle): void {
  const tslab = tslabDisplay();
  if (tslab === undefined) {
    process.stdout.write(`${String(bundle['text/plain'] ?? '')}\n`);
    return;
  }
  for (const mimeType of ['text/html', 'image/svg+xml', 'image/png', 'text/plain']) {
    const content = bundle[mimeType];
    if (typeof content === 'string') {
      tslab.raw(mimeType, content);
      return;
    }
  }
}
