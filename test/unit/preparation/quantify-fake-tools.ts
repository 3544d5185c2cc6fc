import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What the fake tools do, as POSIX shell scripts: they start a hundred times faster than Node. */
export const fakeTools: Readonly<Record<string, string>> = {
  TrimmomaticPE: String.raw`
[ "$1" = -version ] && echo 0.39 && exit
for name in paired_1 unpaired_1 paired_2 unpaired_2; do echo reads > $name.fastq.gz; done
printf 'Input Read Pairs: 10\nBoth Surviving Reads: 8\n' > summary.txt
echo 'TrimmomaticPE: Completed successfully' >&2`,
  TrimmomaticSE: String.raw`
[ "$1" = -version ] && echo 0.39 && exit
echo reads > trimmed.fastq.gz
printf 'Input Reads: 10\nSurviving Reads: 8\n' > summary.txt`,
  hisat2: String.raw`
[ "$1" = --version ] && echo 'hisat2-align-s version 2.2.1' && exit
echo @HD
case "$*" in
  *' -1 '*) printf 'Total pairs: 8\nAligned concordantly 1 time: 6 (75%%)\n' ;;
  *) printf 'Total reads: 8\n\tAligned 1 time: 6 (75%%)\n' ;;
esac > summary.txt
echo 'Overall alignment rate: 75.00%' >> summary.txt`,
  'hisat2-build': String.raw`
[ "$1" = --version ] && echo 'hisat2-build version 2.2.1' && exit
for i in 1 2 3 4 5 6 7 8; do echo index > genome.$i.ht2; done`,
  samtools: String.raw`
[ "$1" = --version ] && echo 'samtools 1.16.1' && exit
cat > aligned.bam`,
  featureCounts: String.raw`
[ "$1" = -v ] && echo 'featureCounts v2.0.3' >&2 && exit
{
  printf '# Program\nGeneid\tChr\tStart\tEnd\tStrand\tLength\tx.bam\n'
  printf 'g1\tc1\t1\t100\t+\t100\t4\ng2\tc1\t201\t500\t-\t300\t2\n'
} > counts.txt
printf 'Status\tx.bam\nAssigned\t6\n' > counts.txt.summary`,
};

/**
 * Writes fake tools into a folder, each of which notes its calls in `calls.txt` there.
 *
 * @param changes programs that take the place of the usual ones; null: absent
 */
export async function writeFakeTools(
  folder: string,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, body] of Object.entries({ ...fakeTools, ...changes })) {
    if (body === null) continue;
    const file = path.join(folder, name);
    const note = `case "$1" in -version|--version|-v) ;; *) echo "${name} $*" >> '${folder}/calls.txt' ;; esac`;
    await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${note}\n${body}\n`);
    await chmod(file, 0o755);
  }
}
