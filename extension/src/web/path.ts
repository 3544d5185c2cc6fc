// What is used of node:path, for a browser, where paths are those of addresses.
const SLASHES = /\/+$/;

function basename(path: string, ending = ''): string {
  const name = path.replace(SLASHES, '').split('/').at(-1) ?? '';
  return ending !== '' && name !== ending && name.endsWith(ending)
    ? name.slice(0, -ending.length)
    : name;
}

function dirname(path: string): string {
  const end = path.replace(SLASHES, '').lastIndexOf('/');
  return end > 0 ? path.slice(0, end) : isAbsolute(path) ? '/' : '.';
}

function extname(path: string): string {
  return /[^/](\.[^./]*)$/.exec(basename(path))?.[1] ?? '';
}

const isAbsolute = (path: string): boolean => path.startsWith('/');

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute(path)) parts.push(part);
  }
  const joined = parts.join('/');
  return isAbsolute(path) ? `/${joined}` : joined === '' ? '.' : joined;
}

function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'));
}

/** There is no folder that one is in: paths begin at the root. */
function resolve(...parts: readonly string[]): string {
  const from = parts.findLastIndex(isAbsolute);
  return normalize(`/${parts.slice(Math.max(0, from)).join('/')}`);
}

function parse(path: string): {
  root: string;
  dir: string;
  base: string;
  name: string;
  ext: string;
} {
  const base = basename(path);
  const ext = extname(path);
  return {
    root: isAbsolute(path) ? '/' : '',
    dir: path.includes('/') ? dirname(path) : '',
    base,
    name: base.slice(0, base.length - ext.length),
    ext,
  };
}

const functions = { basename, dirname, extname, isAbsolute, join, normalize, parse, resolve };
const path = { ...functions, sep: '/', delimiter: ':', posix: { ...functions, sep: '/' } };

// `import path from 'node:path'` takes the default export.
export { path as default };
