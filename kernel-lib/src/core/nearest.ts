/** Levenshtein distance between two strings, in edits. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/**
 * The known name nearest to one that is not known, or undefined when none is near.
 *
 * @example
 * nearest('learing_rate', ['learning_rate', 'loss']); // 'learning_rate'
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const limit = Math.max(2, Math.floor(name.length / 2));
  for (const candidate of known) {
    // So many edits at least; the table of all is not to be made for a name of megabytes.
    if (Math.abs(name.length - candidate.length) > limit) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return bestDistance <= limit ? best : undefined;
}

/** "Did you mean …?" with the nearest known name, or the list of all names when none is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const match = nearest(name, names);
  return match === undefined ? `Known: ${names.join(', ')}.` : `Did you mean '${match}'?`;
}
