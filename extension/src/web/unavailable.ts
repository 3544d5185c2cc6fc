/** A function that says what there is not in a browser. */
export function unavailable(what: string): (...args: readonly unknown[]) => never {
  return () => {
    throw Object.assign(new Error(`${what}: not available in a browser`), { code: 'ENOSYS' });
  };
}

/** As {@link unavailable}, for functions that give a promise. */
export function unavailableLater(what: string): (...args: readonly unknown[]) => Promise<never> {
  const fail = unavailable(what);
  return (...args) =>
    new Promise((_, reject) => {
      try {
        fail(...args);
      } catch (error) {
        reject(error as Error);
      }
    });
}
