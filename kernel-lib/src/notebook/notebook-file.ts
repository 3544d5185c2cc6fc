import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { writeFileAtomically } from '../core/write-file.ts';

/** Text as notebooks store it: one string, or one string a line. */
export type NotebookText = string | readonly string[];

/** Text that a cell printed. */
export interface StreamOutput {
  readonly output_type: 'stream';
  readonly name: 'stdout' | 'stderr';
  readonly text: NotebookText;
}

/** Something that a cell displayed, by MIME type. */
export interface DisplayOutput {
  readonly output_type: 'display_data' | 'execute_result';
  readonly data: Readonly<Record<string, NotebookText | object>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
}

/** An error as other kernels than tslab report it. */
export interface ErrorOutput {
  readonly output_type: 'error';
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** One output of a code cell (nbformat 4). */
export type NotebookOutput = StreamOutput | DisplayOutput | ErrorOutput;

/** One cell (nbformat 4.5). */
export interface NotebookCell {
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly id?: string;
  readonly source: NotebookText;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly attachments?: Readonly<Record<string, Readonly<Record<string, NotebookText>>>>;
  readonly outputs?: readonly NotebookOutput[];
  readonly execution_count?: number | null;
}

/** A notebook file (nbformat 4; https://nbformat.readthedocs.io/en/latest/format_description.html). */
export interface Notebook {
  readonly nbformat: 4;
  readonly nbformat_minor: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly cells: readonly NotebookCell[];
}

/** The text of a cell or an output as one string. */
export function joinText(text: NotebookText): string {
  return typeof text === 'string' ? text : text.join('');
}

/** Text as a notebook file stores it: one string a line, each with its line end. */
export function splitText(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Reads a notebook file and checks that it is one that the format 4 describes.
 *
 * @throws InputError when the file is absent, is not JSON or is not a notebook of format 4
 */
export async function readNotebook(file: string): Promise<Notebook> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      {
        where: file,
        found: code === 'ENOENT' ? 'no such file' : message,
        expected: 'a notebook (.ipynb)',
        fix: 'Check the path.',
      },
      { cause: error },
    );
  }
  return parseNotebook(text, file);
}

/**
 * Parses the text of a notebook file; cells without an id are given one.
 *
 * @param where the file that error messages name
 */
export function parseNotebook(text: string, where: string): Notebook {
  const value = parseJson(text, where, {
    expected: 'a notebook (.ipynb)',
    ...(text.includes('<<<<<<<') ? { fix: 'Resolve the merge conflict in it.' } : {}),
  });
  if (!isObject(value) || !Array.isArray(value['cells']) || value['nbformat'] !== 4) {
    const version = isObject(value) ? value['nbformat'] : undefined;
    throw new InputError({
      where,
      found: typeof version === 'number' ? `a notebook of format ${version}` : 'not a notebook',
      expected: 'a notebook of format 4',
      fix: 'Open it in JupyterLab and save it again.',
    });
  }
  const cells = value['cells'].map((cell: unknown, index) => checkCell(cell, index, where));
  return {
    cells: withIds(cells),
    metadata: isObject(value['metadata']) ? value['metadata'] : {},
    nbformat: 4,
    nbformat_minor: Math.max(5, Number(value['nbformat_minor'] ?? 0)),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is NotebookText {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((line) => typeof line === 'string'))
  );
}

function isOutput(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { output_type: type, text, data, evalue, traceback } = value;
  if (type === 'stream') return isText(text);
  if (type === 'display_data' || type === 'execute_result') return isObject(data);
  return type === 'error' && isText(evalue) && isText(traceback);
}

function checkCell(cell: unknown, index: number, where: string): NotebookCell {
  const known = ['code', 'markdown', 'raw'];
  if (!isObject(cell) || !known.includes(String(cell['cell_type'])) || !isText(cell['source'])) {
    throw new InputError({
      where: `${where}, cell ${index + 1}`,
      found: 'a cell without a valid cell_type and source',
      expected: `cell_type ${known.join(', ')} and source as text`,
      fix: 'Open the notebook in JupyterLab and save it again.',
    });
  }
  const checked = { ...cell, metadata: isObject(cell['metadata']) ? cell['metadata'] : {} };
  if (cell['cell_type'] === 'code') {
    const outputs: unknown[] = Array.isArray(cell['outputs']) ? cell['outputs'] : [];
    const wrong = outputs.findIndex((output) => !isOutput(output));
    if (wrong >= 0) {
      throw new InputError({
        where: `${where}, cell ${index + 1}, output ${wrong + 1}`,
        found: 'an output that is not of a known form',
        expected: 'a stream with text, a display or result with data, or an error',
        fix: 'Clear the outputs in JupyterLab and save the notebook again.',
      });
    }
    Object.assign(checked, {
      outputs,
      execution_count: cell['execution_count'] ?? null,
    });
  } else {
    // Only code has outputs; nothing has checked these.
    delete (checked as Record<string, unknown>)['outputs'];
  }
  return checked as unknown as NotebookCell;
}

/** Format 4.5 wants an id in every cell; ids derived from the content keep differences small. */
function withIds(cells: readonly NotebookCell[]): NotebookCell[] {
  const used = new Set(cells.map(({ id }) => id));
  return cells.map((cell, index) => {
    if (typeof cell.id === 'string' && /^[\w-]{1,64}$/.test(cell.id)) return cell;
    let id: string;
    let salt = index;
    do {
      const hash = createHash('sha256').update(`${salt}\n${joinText(cell.source)}`);
      id = hash.digest('hex').slice(0, 8);
      salt += cells.length;
    } while (used.has(id));
    used.add(id);
    return { ...cell, id };
  });
}

/** The text of a notebook file, formatted as Jupyter writes it (sorted keys, one space). */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: splitText(joinText(cell.source)),
    ...(cell.outputs === undefined ? {} : { outputs: cell.outputs.map(splitOutput) }),
  }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

/** Writes a notebook file so that it is complete or absent. */
export function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  return writeFileAtomically(file, formatNotebook(notebook));
}

/** Base64 stays on one line, as Jupyter writes it. */
function isBinary(mimeType: string): boolean {
  return (
    (/^(image|audio|video)\//.test(mimeType) && !mimeType.includes('svg')) ||
    mimeType === 'application/pdf'
  );
}

function splitOutput(output: NotebookOutput): NotebookOutput {
  if (output.output_type === 'error') return output;
  if (output.output_type === 'stream') return { ...output, text: splitText(joinText(output.text)) };
  const data = Object.entries(output.data).map(([type, content]) => [
    type,
    isText(content) && !isBinary(type) && !type.endsWith('json')
      ? splitText(joinText(content))
      : content,
  ]);
  return { ...output, data: Object.fromEntries(data) as DisplayOutput['data'] };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
