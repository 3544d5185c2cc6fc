/** Names that Windows gives to devices, whatever follows the first dot. */
const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/i;

/** What a part of a path cannot be on Windows, where it would be a device, a stream or another name. */
function isUnsafeOnWindows(part: string): boolean {
  return deviceName.test(part) || /[<>:"|?*]|[. ]$/.test(part);
}

/**
 * Whether a path inside a repository stays inside a folder when it is written there, on every
 * platform: relative, with `/` between its parts, no `.` or `..`, no drive, no control character.
 *
 * @param platform on `win32`, names of devices (`NUL`, `aux.txt`) and others that Windows turns into
 *   something else are unsafe, too
 */
export function isSafeRepoPath(text: string, platform: string = process.platform): boolean {
  if (typeof text !== 'string') return false;
  const parts = text.split('/');
  return (
    text.length > 0 &&
    text.length <= 1024 &&
    // eslint-disable-next-line no-control-regex
    !/[\\\u0000-\u001f\u007f]/.test(text) &&
    !/^[A-Za-z]:/.test(text) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..') &&
    (platform !== 'win32' || !parts.some(isUnsafeOnWindows))
  );
}

/** The path in an address: its parts escaped, the slashes kept. */
export function encodeRepoPath(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}

function patternToRegExp(pattern: string): RegExp {
  const whole = pattern.endsWith('/') ? `${pattern}*` : pattern;
  const source = whole.replace(/[.+^${}()|[\]\\*?]/g, (character) => {
    if (character === '*') return '[^]*';
    return character === '?' ? '[^]' : `\\${character}`;
  });
  return new RegExp(`^${source}$`);
}

/**
 * Chooses paths by wildcards, as Python's `allow_patterns` and `ignore_patterns` do: `*` is any
 * text, slashes included, `?` one character, and a pattern that ends in `/` a whole folder.
 *
 * @param include keeps only paths that match one of these; default all
 * @param exclude leaves out paths that match one of these; default none
 */
export function choosePaths<T extends { readonly path: string }>(
  items: readonly T[],
  include: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
): T[] {
  const wanted = include?.map(patternToRegExp);
  const unwanted = (exclude ?? []).map(patternToRegExp);
  return items.filter(
    (item) =>
      (wanted === undefined || wanted.some((pattern) => pattern.test(item.path))) &&
      !unwanted.some((pattern) => pattern.test(item.path)),
  );
}
