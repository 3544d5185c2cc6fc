/** The packages that a message of the library says are not installed. */
export function missingPackages(message: string): string[] {
  const names = /\b(tslab|zeromq) is not installed/.exec(message);
  if (names !== null) return ['tslab', 'zeromq'];
  return /not installed in this workspace/.test(message) ? ['tatabox', 'tslab', 'zeromq'] : [];
}
