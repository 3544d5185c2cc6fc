/**
 * The fetch of an upload in which files without content travel inside the commit. The Hub chooses
 * by name and size what goes to its storage for large files, and that storage refuses an empty
 * object (the parts of an upload to S3 may not be empty), so that Python's library does the same.
 */
export function sendEmptyFilesInline(
  fetch: typeof globalThis.fetch,
  emptyPaths: ReadonlySet<string>,
): typeof globalThis.fetch {
  if (emptyPaths.size === 0) return fetch;
  return async (input, init) => {
    const response = await fetch(input, init);
    const address = input instanceof Request ? input.url : String(input);
    if (!/\/preupload\/[^/]+$/.test(new URL(address).pathname)) return response;
    const answer = (await response.json()) as {
      files?: { path: string; uploadMode: string }[];
    } | null;
    for (const file of answer?.files ?? []) {
      if (emptyPaths.has(file.path)) file.uploadMode = 'regular';
    }
    return new Response(JSON.stringify(answer), { headers: response.headers });
  };
}
