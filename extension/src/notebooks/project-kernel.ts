import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomically } from 'tatabox/core/write-file.ts';
import { tataboxProgram } from '../host/tatabox-program.ts';
import { offerInstall } from './install-packages.ts';
import { tslabKernelSpec } from './kernel-spec.ts';

function findTslab(folder: string): string | undefined {
  for (let place = folder; ; place = path.dirname(place)) {
    const file = path.join(place, 'node_modules', 'tslab', 'bin', 'tslab');
    if (existsSync(file)) return file;
    if (path.dirname(place) === place) return undefined;
  }
}

/**
 * Registers the tslab of the workspace for Jupyter, in the workspace alone.
 *
 * @returns the folder that JUPYTER_PATH must name; undefined where tslab is not installed
 */
export async function registerProjectKernel(folder: vscode.Uri): Promise<string | undefined> {
  const tslab = findTslab(folder.fsPath);
  if (tslab === undefined) {
    const text = 'tslab, which runs TypeScript cells, is not installed in this workspace.';
    await offerInstall(text, ['tslab', 'zeromq'], folder.fsPath);
    return undefined;
  }
  const { node } = tataboxProgram(folder);
  const jupyter = path.join(folder.fsPath, '.jupyter');
  const file = path.join(jupyter, 'kernels', 'tslab', 'kernel.json');
  const spec = tslabKernelSpec(node, tslab);
  await writeFileAtomically(file, `${JSON.stringify(spec, null, 2)}\n`);
  return jupyter;
}

/** Says where the kernel is registered and how JupyterLab finds it. */
export async function tellProjectKernel(jupyter: string, inNotebook: boolean): Promise<void> {
  const copy = 'Copy Command';
  const command =
    process.platform === 'win32'
      ? `set "JUPYTER_PATH=${jupyter}" && jupyter lab`
      : `JUPYTER_PATH='${jupyter.replaceAll("'", String.raw`'\''`)}' jupyter lab`;
  const here = inNotebook ? "This notebook runs in the project's TypeScript kernel. " : '';
  const text = `${here}For JupyterLab the kernel is registered in ${jupyter}; start it with ${command}`;
  if ((await vscode.window.showInformationMessage(text, copy)) === copy) {
    await vscode.env.clipboard.writeText(command);
  }
}
