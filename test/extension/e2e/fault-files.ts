import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** What a name may hold; it would set `globalThis.breach` if it ever became HTML. */
export const HOSTILE = '<img/src=x/onerror=globalThis.breach=alert(1)>';

/** Tests run in the root of the project. */
const yeast = path.join(process.cwd(), 'notebooks', 'data', 'yeast_R64', 'sacCer3.fa.gz');

const letters = (length: number): string => 'ACGTTGCAAC'.repeat(length / 10);

function safetensors(header: Buffer, claimed: bigint, data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed);
  return Buffer.concat([length, header, data]);
}

/** Writes a model folder with one tensor of `floats` values. */
export async function writeModel(folder: string, floats: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const shape = { dtype: 'F32', shape: [floats], data_offsets: [0, 4 * floats] };
  const header = Buffer.from(JSON.stringify({ weight: shape }));
  const weights = safetensors(header, BigInt(header.length), Buffer.alloc(4 * floats, 1));
  await writeFile(path.join(folder, 'model.safetensors'), weights);
  await writeFile(path.join(folder, 'config.json'), '{"model_type": "xpresso"}\n');
  const card = `---\nlibrary_name: tatabox\nlicense: mit\n---\n# ${HOSTILE}\n\n${HOSTILE}\n`;
  await writeFile(path.join(folder, 'README.md'), card);
}

/** Fills a folder with files that are damaged, hostile, or not what their names say. */
export async function writeFaultFiles(folder: string): Promise<void> {
  const write = (name: string, content: string | Uint8Array): Promise<void> =>
    writeFile(path.join(folder, name), content);
  const bgzip = await readFile(yeast);
  const genes = Array.from(
    { length: 20_000 },
    (_, i) =>
      `chr${String(1 + (i % 3))}\t${String(i * 90)}\t${String(i * 90 + 70)}\tgene${String(i)}\t7\t+\n`,
  );
  const badLines = Array.from(
    { length: 1_000_000 },
    (_, i) => `chr1\tx${String(i)}\t12\tname\t0\t+\n`,
  );
  await write('alive.fa', `>one\n${letters(600)}\n>two\n${letters(60)}\n`);
  await write('alive.bed', 'chr1\t10\t20\tfirst\t1\t+\n');
  const packed = gzipSync(`>long\n${letters(4_000_000).replace(/C{2}/g, () => 'CG')}\n`, {
    level: 1,
  });
  await write('cut.fa.gz', packed.subarray(0, packed.length >> 1));
  await write('cut-bgzip.fa.gz', bgzip.subarray(0, 200_001));
  const bed = gzipSync(genes.join(''));
  await write('cut.bed.gz', bed.subarray(0, bed.length >> 1));
  await write('index-of-another.fa', `>here\n${letters(60)}\n`);
  await write('index-of-another.fa.fai', 'elsewhere\t230218\t11\t60\t61\n');
  await write('one-line.fa', `>wide\n${letters(10_000_000)}\n`);
  await write('one-line.bed', `chr1\t0\t9\tfine\nchr1\t${'1'.repeat(10_000_000)}\n`);
  await write('binary.fa', bgzip.subarray(1000, 60_000));
  await write('binary.bed', bgzip.subarray(1000, 60_000));
  await write('empty.fa', '');
  await write('empty.bed', '');
  await write('bad.bed', `chr1\t10\t20\tgood\t1\t+\n${badLines.join('')}`);
  await write('hostile.fa', `>${HOSTILE} ${HOSTILE}\n${letters(600)}\n>b ${HOSTILE}\nACGT\n`);
  await write(
    'hostile.bed',
    `chr1\t10\t900\t${HOSTILE}\t1\t+\n${HOSTILE}\t5\t90\t${HOSTILE}\t2\t+\nchr1\t1\t2\tx\t${HOSTILE}\t+\n`,
  );
  await write('claims.safetensors', safetensors(Buffer.from('{}'), 1n << 60n, Buffer.alloc(8)));
  await writeModel(path.join(folder, 'model'), 1000);
}
