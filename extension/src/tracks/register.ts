import * as vscode from 'vscode';
import { registerCommand } from '../host/commands.ts';
import { TracksPreview } from './tracks-preview.ts';

/** Registers the preview of BED, GTF, bigWig and the like. */
export function registerTracks(context: vscode.ExtensionContext): void {
  const preview = new TracksPreview(context);
  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider(TracksPreview.viewType, preview, {
      supportsMultipleEditorsPerDocument: false,
    }),
    registerCommand('tracks.addTrack', () => preview.addTrack()),
    registerCommand('tracks.goTo', () => {
      preview.goTo();
    }),
  );
}
