import path from 'node:path';

/** The bundle for VS Code in a browser: previews only, over VS Code's own file system. */
export function webBundle(common, root) {
  return {
    ...common,
    entryPoints: [path.join(root, 'src', 'web-extension.ts')],
    outfile: path.join(root, 'dist', 'web', 'extension.js'),
    platform: 'browser',
    target: 'es2022',
    format: 'cjs',
    external: ['vscode'],
  };
}
