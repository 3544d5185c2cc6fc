/** A cell of a new notebook. */
export interface TemplateCell {
  readonly kind: 'markdown' | 'code';
  readonly source: string;
}

/** Files of the workspace that a notebook begins with; paths from its folder. */
export interface TemplateFiles {
  readonly genome: string;
  readonly transcripts: string;
  readonly table: string;
  readonly sequences: string;
}

/** A notebook to start from. */
export interface NotebookTemplate {
  /** Name of the file without its ending. */
  readonly name: string;
  readonly label: string;
  /** What it does and what it needs. */
  readonly detail: string;
  cells(files: TemplateFiles): readonly TemplateCell[];
}

/** Prose. */
export function markdown(source: string): TemplateCell {
  return { kind: 'markdown', source: source.trim() };
}

/** TypeScript. */
export function code(source: string): TemplateCell {
  return { kind: 'code', source: source.trim() };
}

/** A text as TypeScript writes it: names of files may hold quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** The file of a notebook for the kernel tslab, as Jupyter writes it. */
export function notebookFile(cells: readonly TemplateCell[]): string {
  const notebook = {
    cells: cells.map(({ kind, source }, i) => ({
      cell_type: kind,
      ...(kind === 'code' ? { execution_count: null } : {}),
      id: `cell-${String(i + 1)}`,
      metadata: {},
      ...(kind === 'code' ? { outputs: [] } : {}),
      source: source.split(/(?<=\n)/),
    })),
    metadata: {
      kernelspec: { display_name: 'TypeScript (tslab)', language: 'typescript', name: 'tslab' },
      language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}
