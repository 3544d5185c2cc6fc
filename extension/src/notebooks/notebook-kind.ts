/** What a notebook is written in. */
export type NotebookLanguage = 'typescript' | 'javascript';

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The language of a notebook whose kernel is tslab or jslab, by the metadata that VS Code gives it;
 * undefined for those of other kernels and those that name none.
 */
export function kernelLanguage(metadata: unknown): NotebookLanguage | undefined {
  if (!isRecord(metadata)) return undefined;
  // VS Code has kept the file's own metadata under `custom` and, since 1.88, under `metadata`.
  const places = [metadata, metadata['custom']].flatMap((place) =>
    isRecord(place) ? [place['metadata']] : [],
  );
  for (const place of places) {
    const spec = isRecord(place) ? place['kernelspec'] : undefined;
    const name = isRecord(spec) ? spec['name'] : undefined;
    if (name === 'tslab') return 'typescript';
    if (name === 'jslab') return 'javascript';
  }
  return undefined;
}
