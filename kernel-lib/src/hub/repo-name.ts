import { UsageError } from '../core/errors.ts';

const part = /^[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/** Whether a text is the name of a repository on the Hub, `owner/name`. */
export function isRepoName(text: string): boolean {
  const parts = text.split('/');
  return (
    parts.length === 2 &&
    parts.every((p) => part.test(p)) &&
    // '--' separates owner and name in the cache folder.
    !/--|\.\./.test(text) &&
    !text.endsWith('.git')
  );
}

/**
 * Checks the name of a repository by the Hub's rules.
 *
 * @returns the name
 * @throws UsageError that says what a name looks like
 */
export function checkRepoName(text: string, where = 'the name of the repository'): string {
  if (isRepoName(text)) return text;
  let fix = "Use letters, digits, '-', '_' and '.', without '--' or '..'.";
  if (/^(https?|hf):\/\//.test(text)) fix = "Give only the part 'owner/name' of the address.";
  else if (/^(datasets|spaces)\//.test(text))
    fix = 'Give a model: data sets and spaces are others.';
  else if (text.split('/').length === 1) {
    fix = `Put your user name or your organization before it: 'owner/${text === '' ? 'name' : text}'.`;
  }
  throw new UsageError({ where, found: `'${text}'`, expected: "'owner/name'", fix });
}

/** Whether a text names a revision by its whole commit hash, which never changes its meaning. */
export function isCommitHash(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * Checks the name of a branch, tag, pull request (`refs/pr/1`) or commit; it also becomes a file
 * name in the cache, so nothing that leaves a folder may be in it.
 */
export function checkRevision(text: string, where = 'the revision'): string {
  const good =
    /^[\w.+/-]{1,200}$/.test(text) &&
    text.split('/').every((p) => p !== '' && !/^[.-]|\.lock$|\.$|\.\./.test(p));
  if (good) return text;
  throw new UsageError({
    where,
    found: `'${text}'`,
    expected: "a branch such as 'main', a tag or a commit hash",
  });
}
