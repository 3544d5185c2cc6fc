import type * as vscode from 'vscode';
import { registerFasta } from './fasta/register.ts';
import { registerHub } from './hub/register.ts';
import { registerLanguages } from './languages/register.ts';
import { registerModels } from './models/register.ts';
import { registerNotebooks } from './notebooks/register.ts';
import { registerRunConfigs } from './run-configs/register.ts';
import { registerRuns } from './runs/register.ts';
import { registerTracks } from './tracks/register.ts';

/** Called by VS Code when the extension is first needed. */
export function activate(context: vscode.ExtensionContext): void {
  registerFasta(context);
  registerTracks(context);
  registerLanguages(context);
  registerModels(context);
  registerRunConfigs(context);
  registerRuns(context);
  registerNotebooks(context);
  registerHub(context);
}
