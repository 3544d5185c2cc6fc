import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

const folder = 'test/unit/tokenizers/golden';

/** The tokenizer of the FloraBERT authors. */
export const FLORABERT = 'notebooks/data/maize/tokenizer';

/** DNABERT-2's `tokenizer.json`. */
export const DNABERT2 = `${folder}/dnabert2_bpe_4096_tokenizer.json`;

/** Files of the 6,605 unlabelled promoters. */
export const promoterFiles = [1, 2].map(
  (number) => `notebooks/data/maize/maize_promoters_unlabelled_${String(number)}.txt.gz`,
);

async function unzipped(file: string): Promise<string> {
  return gunzipSync(await readFile(file)).toString('utf8');
}

export async function goldenLines(name: string): Promise<string[]> {
  return (await unzipped(`${folder}/${name}`)).trimEnd().split('\n');
}

export async function goldenJson(name: string): Promise<unknown> {
  return JSON.parse(await unzipped(`${folder}/${name}`));
}

export async function promoters(): Promise<string[]> {
  const texts = await Promise.all(promoterFiles.map(unzipped));
  return texts.flatMap((text) => text.trimEnd().split('\n'));
}

/** As the script that made the golden files writes ids. */
export function idsDigest(ids: Int32Array): string {
  return createHash('sha256').update(Array.from(ids).join(',')).digest('hex').slice(0, 8);
}
