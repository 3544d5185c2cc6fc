/** Passes on what a source gives, and tells the seconds that were waited for each item. */
export async function* tellWaits<T>(
  source: AsyncIterable<T>,
  waited: (seconds: number) => void,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const askedAt = performance.now();
      const { done, value } = await iterator.next();
      waited((performance.now() - askedAt) / 1000);
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
