import path from 'node:path';

/** The bundle for VS Code in a browser: previews only, over VS Code's own file system. */
export function webBundle(common, root) {
  const web = (name) => path.join(root, 'src', 'web', `${name}.ts`);
  const modules = ['child_process', 'crypto', 'fs', 'fs/promises', 'os', 'timers/promises', 'url'];
  return {
    ...common,
    entryPoints: [path.join(root, 'src', 'web-extension.ts')],
    outfile: path.join(root, 'dist', 'web', 'extension.js'),
    platform: 'browser',
    target: 'es2022',
    format: 'cjs',
    external: ['vscode'],
    keepNames: true,
    inject: [web('globals')],
    // What Node.js has and a browser lacks; another module of it fails the build.
    alias: {
      ...Object.fromEntries(modules.map((name) => [`node:${name}`, web('node-modules')])),
      ...Object.fromEntries(
        ['path', 'stream', 'util', 'zlib'].map((name) => [`node:${name}`, web(name)]),
      ),
    },
  };
}
