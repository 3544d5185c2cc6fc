import path from 'node:path';
import * as vscode from 'vscode';
import { notebookFile, type NotebookTemplate, type TemplateFiles } from './notebook-template.ts';
import { firstSteps } from './template-first-steps.ts';
import { promoterExpression } from './template-promoter-expression.ts';
import { promoterLanguage } from './template-promoter-language.ts';

const TEMPLATES: readonly NotebookTemplate[] = [firstSteps, promoterExpression, promoterLanguage];

/** Which files of the workspace a notebook begins with; the names stand in where there is none. */
const WANTED = {
  genome: { pattern: '**/*.{fa,fasta,fna,fa.gz,fasta.gz,fna.gz}', otherwise: 'genome.fa' },
  transcripts: { pattern: '**/*.{bed,bed.gz}', otherwise: 'transcripts.bed' },
  table: { pattern: '**/*expression*.{tsv,csv,tsv.gz,csv.gz}', otherwise: 'genes.tsv' },
  sequences: {
    pattern: '**/*{promoter,sequence}*.{txt,txt.gz,fa,fa.gz}',
    otherwise: 'promoters.fa',
  },
} as const;

const IGNORED = '**/{node_modules,.venv,runs}/**';

async function filesFor(folder: vscode.Uri): Promise<TemplateFiles> {
  const find = async (kind: keyof typeof WANTED): Promise<string> => {
    const { pattern, otherwise } = WANTED[kind];
    const [found] = await vscode.workspace.findFiles(
      new vscode.RelativePattern(folder, pattern),
      IGNORED,
      1,
    );
    if (found === undefined) return otherwise;
    return path.relative(folder.fsPath, found.fsPath).split(path.sep).join('/');
  };
  const [genome, transcripts, table, sequences] = await Promise.all([
    find('genome'),
    find('transcripts'),
    find('table'),
    find('sequences'),
  ]);
  return { genome, transcripts, table, sequences };
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}

/** A name in the folder that nothing has. */
async function freeName(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${String(number)}`;
    const file = vscode.Uri.joinPath(folder, `${name}${suffix}.ipynb`);
    if (!(await exists(file))) return file;
  }
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length < 2) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick())?.uri;
}

/**
 * Asks for a workflow, writes its notebook into the workspace and opens it.
 *
 * @returns the editor; undefined when the user changed their mind
 */
export async function newNotebook(): Promise<vscode.NotebookEditor | undefined> {
  const chosen = await vscode.window.showQuickPick(
    TEMPLATES.map((template) => ({ label: template.label, detail: template.detail, template })),
    { title: 'New TypeScript notebook', placeHolder: 'What should it begin with?' },
  );
  if (chosen === undefined) return undefined;
  const folder = await chooseFolder();
  if (folder === undefined) {
    const open = 'Open Folder';
    const text = 'A notebook is written into a folder: open one first.';
    if ((await vscode.window.showInformationMessage(text, open)) === open) {
      await vscode.commands.executeCommand('vscode.openFolder');
    }
    return undefined;
  }
  const { template } = chosen;
  const file = await freeName(folder, template.name);
  const text = notebookFile(template.cells(await filesFor(folder)));
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  return vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(file));
}
