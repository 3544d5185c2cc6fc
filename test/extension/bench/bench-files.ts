import { createWriteStream } from 'node:fs';
import { link, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { writeBigWig } from '../../../kernel-lib/src/formats/big-wig-writer.ts';

const LINE = 60;

/** Numbers that look random and are the same each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Writes a FASTA of `records` sequences of `length` bases; @returns its index. */
async function writeFasta(file: string, records: number, length: number): Promise<string> {
  const random = numbers(7);
  const lines = Array.from(
    { length: 20_000 },
    () => `${Array.from({ length: LINE }, () => 'ACGT'[random(4)]).join('')}\n`,
  );
  const block = lines.join('');
  const out = createWriteStream(file);
  let offset = 0;
  let index = '';
  const put = async (text: string): Promise<void> => {
    offset += text.length;
    if (!out.write(text)) await once(out, 'drain');
  };
  for (let record = 1; record <= records; record++) {
    await put(`>chr${String(record)}\n`);
    index += `chr${String(record)}\t${String(length)}\t${String(offset)}\t${String(LINE)}\t${String(LINE + 1)}\n`;
    const rows = length / LINE;
    for (let row = 0; row < rows; row += lines.length) {
      await put(rows - row >= lines.length ? block : lines.slice(0, rows - row).join(''));
    }
  }
  out.end();
  await once(out, 'finish');
  return index;
}

function* signal(): Generator<{ chrom: string; start: number; end: number; value: number }> {
  for (let i = 0; i < 500_000; i++) {
    const value = Math.sin(i / 3000) * 5 + (i % 13);
    yield { chrom: 'chr1', start: i * 200, end: i * 200 + 200, value };
  }
}

/** Writes the files that the benchmark opens. */
export async function writeBenchFiles(folder: string): Promise<void> {
  const file = (name: string): string => path.join(folder, name);
  await writeFile(file('small.fa'), '>one\nACGTTGCA\n>two\nACGT\n');
  const index = await writeFasta(file('gigabyte.fa'), 10, 98_400_000);
  await link(file('gigabyte.fa'), file('gigabyte-indexed.fa'));
  await writeFile(file('gigabyte-indexed.fa.fai'), index);
  await writeFasta(file('chromosome.fa'), 1, 100_000_020);
  const random = numbers(3);
  const out = createWriteStream(file('million.bed'));
  for (let i = 0; i < 1_000_000; i++) {
    const start = random(100_000_000);
    const name = `chr${String(1 + (i % 10))}\t${String(start)}\t${String(start + 200)}\tpeak${String(i)}`;
    if (!out.write(`${name}\t${String(random(1000))}\t+\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  await writeBigWig(file('signal.bw'), [{ name: 'chr1', length: 100_000_000 }], signal());
}
