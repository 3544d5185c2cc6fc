// What is used of node:util, for a browser.
type Callback = (error: Error | null, result?: unknown) => void;

/** A function that gives a promise, from one that takes a callback as its last argument. */
export function promisify(
  work: (...args: unknown[]) => void,
): (...args: unknown[]) => Promise<unknown> {
  return (...args) =>
    new Promise((resolve, reject) => {
      const callback: Callback = (error, result) => {
        if (error === null) resolve(result);
        else reject(error);
      };
      work(...args, callback);
    });
}
