import path from 'node:path';

/** How tatabox is started. */
export interface TataboxProgram {
  /** Node.js, or VS Code's own that `environment` makes behave as such. */
  readonly node: string;
  /** File of the command line; goes before its arguments. */
  readonly cli: string;
  /** Environment variables to add. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where {@link findProgram} looks. */
export interface ProgramPlaces {
  /** Setting `tatabox.cliPath`; empty for none. */
  readonly cliPath: string;
  /** Setting `tatabox.nodePath`; empty for none. */
  readonly nodePath: string;
  /** Folders whose node_modules, and those above them, are looked through in this order. */
  readonly folders: readonly string[];
  /** The variable PATH. */
  readonly searchPath: string;
  readonly exists: (file: string) => boolean;
  /** The program that runs the extension: Node.js itself, or Electron, which can behave as it. */
  readonly ownNode: string;
}

/** Files that a package folder starts with. */
const ENTRIES = ['bin/tatabox.mjs', 'dist/cli.cjs'];

function cliIn(folder: string, exists: ProgramPlaces['exists']): string | undefined {
  return ENTRIES.map((entry) => path.join(folder, entry)).find(exists);
}

function installedCli({ folders, exists }: ProgramPlaces): string | undefined {
  for (const start of folders) {
    for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
      const found = cliIn(path.join(folder, 'node_modules', 'tatabox'), exists);
      if (found !== undefined) return found;
      if (path.dirname(folder) === folder) break;
    }
  }
  return undefined;
}

/** Finds the command line of tatabox and the Node.js that runs it; undefined where there is none. */
export function findProgram(places: ProgramPlaces): TataboxProgram | undefined {
  const { cliPath, nodePath, searchPath, exists, ownNode } = places;
  const cli =
    cliPath === ''
      ? installedCli(places)
      : /\.[cm]?js$/.test(cliPath)
        ? cliPath
        : cliIn(cliPath, exists);
  if (cli === undefined) return undefined;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const onPath = searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find(exists);
  const node = nodePath === '' ? onPath : nodePath;
  if (node !== undefined) return { node, cli, environment: {} };
  return { node: ownNode, cli, environment: { ELECTRON_RUN_AS_NODE: '1' } };
}
