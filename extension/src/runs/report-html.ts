/**
 * A report as a webview shows it: before all else a policy by which nothing in the file can run,
 * load or be sent; its styles and pictures are inside it.
 */
export function reportHtml(report: string): string {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'";
  const page = 'html { background: #fff; color-scheme: light; }';
  return `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${page}</style>
${report.replace(/^\s*<!doctype[^>]*>/i, '')}`;
}
