import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choosePaths,
  encodeRepoPath,
  isSafeRepoPath,
} from '../../../kernel-lib/src/hub/repo-path.ts';

describe('paths inside a repository', () => {
  it('stay inside the folder on every platform', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'C', '.', '/', '\\', ':', '\0', ' ', '~'),
    });
    fc.assert(
      fc.property(text, (name) => {
        if (!isSafeRepoPath(name)) return;
        for (const platform of [path.posix, path.win32]) {
          const root = platform.resolve('/root/snapshot');
          const file = platform.join(root, ...name.split('/'));
          expect(platform.resolve(root, file).startsWith(root + platform.sep)).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('are taken as they are when they are ordinary', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_ -][A-Za-z0-9_. -]{0,10}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        expect(isSafeRepoPath(parts.join('/'), 'linux')).toBe(true);
        expect(decodeURIComponent(encodeRepoPath(parts.join('/')))).toBe(parts.join('/'));
      }),
    );
    for (const bad of [
      '..',
      '',
      'a/',
      '/a',
      'a//b',
      './a',
      'a/..',
      'C:x',
      'a\nb',
      'a\0b',
      'a\\b',
    ]) {
      expect(isSafeRepoPath(bad), bad).toBe(false);
    }
    expect(encodeRepoPath('a b/ü?#.txt')).toBe('a%20b/%C3%BC%3F%23.txt');
  });
});

describe('isSafeRepoPath on Windows', () => {
  it('refuses devices, streams, and names that Windows shortens', () => {
    const bad = [
      'NUL',
      'a/con',
      'aux.txt',
      'COM1',
      'lpt9.json',
      'data:b',
      'a.',
      'a ',
      'b?',
      'x|y',
      'a/ ',
    ];
    for (const name of bad) {
      expect(isSafeRepoPath(name, 'win32'), name).toBe(false);
      expect(isSafeRepoPath(name, 'linux'), name).toBe(true);
    }
    for (const name of ['console.json', 'aux_loss.txt', '.gitattributes', 'com.json', 'lpt10']) {
      expect(isSafeRepoPath(name, 'win32'), name).toBe(true);
    }
  });
});

describe('choosePaths', () => {
  const names = ['config.json', 'example/input.json', 'model.safetensors', 'a.b', 'axb'];
  const choose = (include?: string[], exclude?: string[]) =>
    choosePaths(
      names.map((name) => ({ path: name })),
      include,
      exclude,
    ).map((file) => file.path);

  it("matches as Python's fnmatch on whole paths", () => {
    expect(choose()).toEqual(names);
    expect(choose(['*.json'])).toEqual(['config.json', 'example/input.json']);
    expect(choose(['example/'])).toEqual(['example/input.json']);
    expect(choose(['a.b'])).toEqual(['a.b']);
    expect(choose(['a?b'])).toEqual(['a.b', 'axb']);
    expect(choose(undefined, ['*a*'])).toEqual(['config.json']);
    expect(choose([])).toEqual([]);
  });
});
