import type { NotebookOutput } from 'tatabox/notebook/notebook-file.ts';

/** One representation of an output. */
export interface OutputItem {
  readonly mime: string;
  readonly data: string | Uint8Array;
}

/** An output as VS Code shows it and its notebook files keep it. */
export interface ShownOutput {
  readonly items: readonly OutputItem[];
  /** What the serializer of .ipynb reads (`outputType`, `metadata`, `originalError`). */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** MIME types that VS Code gives to its own kinds of output. */
export const OUTPUT_MIMES = {
  stdout: 'application/vnd.code.notebook.stdout',
  stderr: 'application/vnd.code.notebook.stderr',
  error: 'application/vnd.code.notebook.error',
} as const;

/** The richest first; VS Code shows the first that it can. */
const ORDER = [
  /^application\/vnd\.vegalite\./,
  /^application\/vnd\./,
  /^text\/html$/,
  /^image\/svg\+xml$/,
  /^image\//,
  /^text\/markdown$/,
  /^application\/json$/,
  /^text\/plain$/,
];

function rank(mime: string): number {
  const at = ORDER.findIndex((pattern) => pattern.test(mime));
  return at < 0 ? ORDER.length - 1.5 : at;
}

function isBinary(mime: string): boolean {
  return /^(image|audio|video)\//.test(mime) && mime !== 'image/svg+xml';
}

function content(mime: string, value: string | object): string | Uint8Array {
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) {
    return content(mime, value.join(''));
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  return isBinary(mime) ? new Uint8Array(Buffer.from(value, 'base64')) : value;
}

/** An output of the kernel as VS Code shows it. */
export function shownOutput(output: NotebookOutput): ShownOutput {
  if (output.output_type === 'stream') {
    const text = typeof output.text === 'string' ? output.text : output.text.join('');
    return {
      items: [{ mime: OUTPUT_MIMES[output.name], data: text }],
      metadata: { outputType: 'stream' },
    };
  }
  if (output.output_type === 'error') {
    const { ename, evalue, traceback } = output;
    const error = { name: ename, message: evalue, stack: traceback.join('\n') };
    return {
      items: [{ mime: OUTPUT_MIMES.error, data: JSON.stringify(error) }],
      metadata: { outputType: 'error', originalError: output },
    };
  }
  const items = Object.entries(output.data)
    .map(([mime, value]) => ({ mime, data: content(mime, value) }))
    .sort((a, b) => rank(a.mime) - rank(b.mime));
  return {
    items,
    metadata: { outputType: output.output_type, metadata: output.metadata },
  };
}
