/** The packages that a message of the library says are not installed. */
export function missingPackages(message: string): string[] {
  const names = /\b(tslab|zeromq) is not installed/.exec(message);
  if (names !== null) return ['tslab', 'zeromq'];
  // A command line from before there was a kernel for editors.
  if (/unknown command '(notebook|kernel)'/.test(message)) return ['tatabox@latest'];
  return /not installed in this workspace/.test(message) ? ['tatabox', 'tslab', 'zeromq'] : [];
}
