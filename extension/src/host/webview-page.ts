import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escapeHtml } from 'tatabox/core/escape-html.ts';

/** What a webview shows: `dist/webviews/NAME.js` and `NAME.css`, and the HTML of its body. */
export interface WebviewPage {
  /** Name of the bundle. */
  readonly name: string;
  readonly title: string;
  /** Constant HTML; nothing from a file may be in it. */
  readonly body: string;
}

/**
 * Fills a webview with a page under a strict Content-Security-Policy: our one script by its nonce,
 * our styles and fonts, no inline code, nothing from elsewhere.
 */
export function showPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  { name, title, body }: WebviewPage,
): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webviews');
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const nonce = randomBytes(16).toString('base64');
  const address = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `font-src ${source}`,
    `img-src ${source} data:`,
  ].join('; ');
  webview.html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${address(`${name}.css`)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main>${body}</main>
<script nonce="${nonce}" src="${address(`${name}.js`)}"></script>
</body>
</html>`;
}
