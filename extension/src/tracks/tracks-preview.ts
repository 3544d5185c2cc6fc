import path from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../host/error-text.ts';
import { connectPage, type Page } from '../host/webview-channel.ts';
import { showPage } from '../host/webview-page.ts';
import { TracksDocument } from './tracks-document.ts';
import { tracksHandlers } from './tracks-handlers.ts';
import type { TracksProtocol } from './tracks-protocol.ts';
import { TRACK_ENDINGS } from './tracks-source.ts';
import { watchFile } from './tracks-watch.ts';

/** A page that is open, with the file that it shows. */
interface OpenPage {
  readonly document: TracksDocument;
  readonly panel: vscode.WebviewPanel;
  readonly page: Page<TracksProtocol>;
}

/** The editor of BED, peaks, bedGraph, BEDPE, GTF, GFF3, bigWig and bigBed files. */
export class TracksPreview implements vscode.CustomReadonlyEditorProvider<TracksDocument> {
  static readonly viewType = 'tatabox.tracks';
  readonly #context: vscode.ExtensionContext;
  readonly #open = new Set<OpenPage>();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  openCustomDocument(uri: vscode.Uri): TracksDocument {
    return new TracksDocument(uri, this.#context.workspaceState);
  }

  resolveCustomEditor(document: TracksDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const handlers = tracksHandlers(document, () => page);
    const page: Page<TracksProtocol> = connectPage(webview, handlers);
    const opened: OpenPage = { document, panel, page };
    this.#open.add(opened);
    const tellInfo = (): void => {
      // Before the file is open there is nothing to tell of.
      void document.info().then(
        (info) => {
          page.tell('info', info);
        },
        () => undefined,
      );
    };
    const watched = watchFile(document.uri, {
      onChange: (isGone) => {
        page.tell('stale', { isGone });
      },
    });
    const settings = vscode.workspace.onDidChangeConfiguration((event) => {
      if (
        event.affectsConfiguration('tatabox.genome', document.uri) ||
        event.affectsConfiguration('tatabox.baseColors', document.uri)
      ) {
        tellInfo();
      }
    });
    const tracks = document.onDidChangeTracks(tellInfo);
    panel.onDidDispose(() => {
      this.#open.delete(opened);
      tracks.dispose();
      page.dispose();
      watched.dispose();
      settings.dispose();
    });
    showPage(webview, this.#context.extensionUri, {
      name: 'tracks',
      title: 'Genome tracks',
      body: '<h1 class="visually-hidden">Genome tracks</h1><div id="page"></div>',
    });
  }

  /** Puts the cursor into the region box of the preview in front. */
  goTo(): void {
    this.#active()?.page.tell('goTo', {});
  }

  /** Asks for files of the workspace and shows them as tracks of the preview in front. */
  async addTrack(): Promise<void> {
    const active = this.#active();
    if (active === undefined) {
      void vscode.window.showInformationMessage(
        'Open a BED, GTF or bigWig file with its preview first; the tracks are added to it.',
      );
      return;
    }
    const { document, page } = active;
    const uris = await chooseTracks(document.uri);
    if (uris.length === 0) return;
    try {
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: 'Opening tracks' },
        () => document.add(uris),
      );
      page.tell('info', await document.info());
    } catch (error) {
      void vscode.window.showErrorMessage(errorText(error));
    }
  }

  #active(): OpenPage | undefined {
    const all = [...this.#open];
    return all.find(({ panel }) => panel.active) ?? all.find(({ panel }) => panel.visible);
  }
}

interface TrackPick extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Lets the user choose track files: those of the workspace, or any by the dialogue. */
async function chooseTracks(own: vscode.Uri): Promise<readonly vscode.Uri[]> {
  const pattern = `**/*.{${TRACK_ENDINGS.flatMap((ending) => [ending, `${ending}.gz`]).join(',')}}`;
  const found = await vscode.workspace.findFiles(pattern, '**/node_modules/**', 500);
  const browse: TrackPick = { label: '$(folder-opened) Browse…', alwaysShow: true };
  const picks = found
    .filter((uri) => uri.toString() !== own.toString())
    .map((uri): TrackPick => {
      const folder = vscode.workspace.asRelativePath(vscode.Uri.joinPath(uri, '..'));
      const label = `$(graph-line) ${path.posix.basename(uri.path)}`;
      return { label, description: folder, uri };
    })
    .sort((a, b) => a.label.localeCompare(b.label));
  const chosen = await vscode.window.showQuickPick([...picks, browse], {
    title: 'Add tracks',
    placeHolder: 'BED, peaks, bedGraph, BEDPE, GTF, GFF3, bigWig or bigBed files',
    canPickMany: true,
    matchOnDescription: true,
  });
  if (chosen === undefined) return [];
  const uris = chosen.map(({ uri }) => uri).filter((uri) => uri !== undefined);
  if (!chosen.includes(browse)) return uris;
  const more = await vscode.window.showOpenDialog({
    canSelectMany: true,
    title: 'Add tracks',
    filters: { Tracks: [...TRACK_ENDINGS, 'gz'], 'All files': ['*'] },
  });
  return [...uris, ...(more ?? [])];
}
