import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import {
  checkRepoName,
  checkRevision,
  isCommitHash,
  isRepoName,
} from '../../../kernel-lib/src/hub/repo-name.ts';

describe('names of repositories', () => {
  it("follows the Hub's rules", () => {
    for (const good of ['lab/promoters', 'A_b-c.1/x', '0/1', 'a_/b_']) {
      expect(checkRepoName(good)).toBe(good);
    }
    for (const bad of [
      ...['promoters', 'a/b/c', '/b', 'a/', 'a//b', '-a/b', 'a/b.', 'a/b.git', 'a--b/c'],
      ...['a/b..c', 'a/b c', 'a/é', `a/${'x'.repeat(97)}`, '', '../x', 'a\\b/c', 'a/b\n'],
    ]) {
      expect(isRepoName(bad), bad).toBe(false);
      expect(() => checkRepoName(bad), bad).toThrow(UsageError);
    }
  });

  it('says what to write instead', () => {
    expect(() => checkRepoName('promoters')).toThrow(/'owner\/promoters'/);
    expect(() => checkRepoName('https://huggingface.co/a/b')).toThrow(
      /only the part 'owner\/name'/,
    );
    expect(() => checkRepoName('datasets/a/b')).toThrow(/data sets and spaces are others/);
  });

  it('lets no name through that could leave the cache folder or become another', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aB0-_./\\: \n~') }), (text) => {
        if (!isRepoName(text)) return;
        expect(text).toMatch(/^\w[\w.-]*\/\w[\w.-]*$/);
        // The cache's folder name can be read back.
        expect(`models--${text.replace('/', '--')}`.split('--')).toEqual([
          'models',
          ...text.split('/'),
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('revisions', () => {
  it('takes branches, tags, pull requests and commits', () => {
    for (const good of ['main', 'v1.0', 'refs/pr/12', 'a'.repeat(40), 'fix/x_y-1+2']) {
      expect(checkRevision(good)).toBe(good);
    }
    for (const bad of [
      '',
      '..',
      'a/../b',
      '/a',
      'a/',
      'a//b',
      '.a',
      'a b',
      'a.lock',
      'x\\y',
      '-f',
    ]) {
      expect(() => checkRevision(bad), bad).toThrow(UsageError);
    }
    expect([isCommitHash('a'.repeat(40)), isCommitHash('a'.repeat(39))]).toEqual([true, false]);
  });

  it('never leaves the folder refs', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a0._/\\-~:') }), (text) => {
        try {
          checkRevision(text);
        } catch {
          return;
        }
        const parts = text.split('/');
        expect(parts.every((part) => /^\w|^\+/.test(part) && part !== '..')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
