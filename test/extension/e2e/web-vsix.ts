import path from 'node:path';
import { writeInPieces } from '../../../kernel-lib/src/core/file-writer.ts';
import { openZip } from '../../../kernel-lib/src/formats/zip.ts';
import { ZipWriter } from '../../../kernel-lib/src/formats/zip-writer.ts';

/** What the manifest and that of the package say of where the extension runs. */
function forBrowser(name: string, text: string): string {
  if (name === 'extension.vsixmanifest') {
    return text.replace('Value="workspace,web"', 'Value="web"');
  }
  const manifest = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ ...manifest, main: undefined, extensionKind: ['web'] });
}

/**
 * Packs the extension again without what Node.js starts, so that VS Code runs it in the browser's
 * extension host, as it does where there is no machine.
 *
 * @returns the file
 */
export async function packForBrowser(vsix: string, folder: string): Promise<string> {
  const file = path.join(folder, 'tatabox-web.vsix');
  const packed = await openZip(vsix);
  try {
    await writeInPieces(file, async (writer) => {
      const zip = new ZipWriter(writer, file);
      for (const entry of packed.entries) {
        if (entry.name === 'extension/dist/extension.js') continue;
        const isManifest = ['extension.vsixmanifest', 'extension/package.json'].includes(
          entry.name,
        );
        const content = isManifest
          ? Buffer.from(forBrowser(entry.name, await packed.readText(entry)))
          : await packed.read(entry);
        await zip.add(entry.name, [content]);
      }
      await zip.finish();
    });
  } finally {
    await packed.close();
  }
  return file;
}
