import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readChecksums } from '../../kernel-lib/src/preparation/download-checksum.ts';
import { readEnaFileReport } from '../../kernel-lib/src/preparation/ena-file-report.ts';
import { enaLinks } from '../../kernel-lib/src/preparation/ena-tables.ts';
import { readCultivars } from '../../kernel-lib/src/preparation/expression-cultivars.ts';
import { readFolds } from '../../kernel-lib/src/preparation/expression-folds.ts';
import {
  normalisedToTpm,
  readNormalisedExpression,
} from '../../kernel-lib/src/preparation/expression-normalised.ts';
import { labelPromoters } from '../../kernel-lib/src/preparation/expression-promoters.ts';
import { expressionQuality } from '../../kernel-lib/src/preparation/expression-quality.ts';
import { readExpressionTable } from '../../kernel-lib/src/preparation/expression-reader.ts';
import {
  parseFeatureCountsSummary,
  readFeatureCounts,
} from '../../kernel-lib/src/preparation/feature-counts.ts';
import { parseHisat2Summary } from '../../kernel-lib/src/preparation/hisat2.ts';
import { readLinkTable } from '../../kernel-lib/src/preparation/link-table.ts';
import { extractPromoters } from '../../kernel-lib/src/preparation/promoter-extraction.ts';
import { combinePromoters } from '../../kernel-lib/src/preparation/promoter-file-combine.ts';
import { checkAnnotation, writeSaf } from '../../kernel-lib/src/preparation/quantify-annotation.ts';
import { readRnaSeqSamples } from '../../kernel-lib/src/preparation/quantify-samples.ts';
import {
  describeRuns,
  readRunOrder,
  uniqueOrganRuns,
} from '../../kernel-lib/src/preparation/sequence-run.ts';
import { transcriptsPerMillion } from '../../kernel-lib/src/preparation/tpm.ts';
import { parseTrimmomaticSummary } from '../../kernel-lib/src/preparation/trimmomatic.ts';
import type { FuzzTarget } from './try-input.ts';

const lines = (...all: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(`${all.join('\n')}\n`));
const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Lends a folder that is gone afterwards. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fuzz-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

const GENOME = lines('>chr1 one', 'ACGTNNNNacgtACGTACGT', 'ACGTACGTAC', '>chr2', 'TTTTTGGGGG');
const GFF3 = lines(
  '##gff-version 3',
  'chr1\tx\tgene\t11\t14\t.\t+\t.\tID=gene:a',
  'chr1\tx\tgene\t18\t22\t.\t-\t.\tID=gene:b',
  'chr2\tx\tgene\t5\t9\t.\t+\t.\tID=gene:c;Name=c',
);
const GTF = lines(
  'chr1\tx\tgene\t11\t14\t.\t+\t.\tgene_id "a";',
  'chr1\tx\texon\t11\t14\t.\t+\t.\tgene_id "a"; transcript_id "t";',
  'chr1\tx\texon\t13\t14\t.\t+\t.\tgene_id "a"; transcript_id "u";',
);

/** Tables of links, of the European Nucleotide Archive, and checksums. */
const downloads: readonly FuzzTarget[] = [
  {
    name: 'link-table',
    samples: () => [
      lines(
        'name,species,gene_link,annot_link,gene_md5',
        `Zm-B73,zea mays,https://a.org/b.fa.gz,http://a.org/b.gff3.gz,${MD5}`,
        'Zm-B97,,https://a.org/c.fa.gz,http://a.org/c.gff3.gz,',
      ),
      lines('name\tlink\tmd5', `r1\thttps://a.org/r1.fq.gz\t${MD5}`),
    ],
    dictionary: ['ftp://', 'file:///etc/passwd', 'https://u:p@h/', '"', '..', 'sha256', ';'],
    read: readLinkTable,
  },
  {
    name: 'checksums',
    samples: () => [
      lines(`${MD5}  a.fa.gz`, `${MD5} *./b/c.gff`, '12345 678 d.fa.gz'),
      lines(`MD5 (a.fa) = ${MD5}`),
    ],
    dictionary: ['MD5 (', ') = ', ' *', '\\'],
    read: readChecksums,
  },
  {
    name: 'ena-report',
    samples: () => [
      lines(
        'run_accession\tfastq_ftp\tfastq_md5\tfastq_bytes\tsubmitted_ftp',
        `ERR3773807\tftp.sra.ebi.ac.uk/a/ERR3773807_1.fastq.gz;ftp.sra.ebi.ac.uk/a/ERR3773807_2.fastq.gz\t${MD5};${MD5}\t12;13\tx.org/B73_8DAS_root_R1.fastq.gz`,
      ),
    ],
    dictionary: [';', 'ERR', 'ftp://', 'https://', '_1.fastq.gz', '_2.fastq.gz'],
    read: async (bytes) => {
      const runs = await readEnaFileReport(bytes);
      enaLinks(runs);
      return uniqueOrganRuns(describeRuns(runs));
    },
  },
  {
    name: 'run-order',
    samples: () => [
      lines('run_accession\tcultivar\torganism_part', 'ERR1234\tB73\troot', 'ERR1235\tB97\tear'),
    ],
    read: readRunOrder,
  },
];

/** Annotations and genomes that promoters are cut from. */
const promoters: readonly FuzzTarget[] = [
  {
    name: 'promoter-annotation',
    samples: () => [GFF3, GTF],
    dictionary: ['gene', 'ID=', 'gene_id', '-\t.', '+\t.', 'chr2', '30', '31'],
    read: (annotation) => extractPromoters({ genome: GENOME, annotation, upstream: 8 }),
  },
  {
    name: 'promoter-genome',
    samples: () => [GENOME, gzip(GENOME)],
    dictionary: ['>chr1\n', '>', '\r', 'N'],
    read: (genome) => extractPromoters({ genome, annotation: GFF3, upstream: 8 }),
  },
  {
    name: 'promoter-file',
    samples: () => [
      lines('>a::chr1:2-10(+)', 'ACGTNNnn', '>b::chr1:5-9(-)', '', '>c', 'AC'),
      lines('gene\tsequence', 'a\tACGT', 'b\t'),
    ],
    dictionary: ['::', '>', 'name', 'gene', '"'],
    read: (bytes) =>
      inFolder(async (folder) => {
        const file = path.join(folder, bytes[0] === 0x3e ? 'x.fa' : 'x.tsv');
        await writeFile(file, bytes);
        await combinePromoters({
          sources: [{ species: 'x', file }],
          out: path.join(folder, 'promoters.tsv'),
        });
      }),
  },
];

const WIDE = lines(
  'Run\torganism_part\tCultivar\tZm1\tZm2\tZm3',
  'E1\troot\tB73\t1.5\t0\t999998.5',
  'E2\tear\tB73\t0\t2e3\t998000',
  'E3\tear\tB73\t0\t1e3\t999000',
);
const LONG = lines('gene_id\troot\tear', 'Zm1\t1\t2', 'Zm2\t0\t0.5', 'Zm3\tNA\t');

/** Tables of expression and what goes with them. */
const expression: readonly FuzzTarget[] = [
  {
    name: 'expression-table',
    samples: () => [WIDE, LONG, gzip(WIDE)],
    dictionary: ['organism_part', 'Cultivar', 'NA', 'NaN', 'inf', '1e400', '-0', 'Zm1', '"'],
    read: async (bytes) => {
      const table = await readExpressionTable(bytes, { tissues: 'all', missing: 'nan' });
      if (table.tissues.length < 50)
        expressionQuality([table, table], { tissues: ['root', 'ear'] });
      const { rows } = labelPromoters({
        tables: [table],
        promoters: [lines('>Zm1', 'ACGT', '>Zm2', 'AC')],
      });
      for await (const row of rows) row.values.fill(0);
    },
  },
  {
    name: 'normalised-table',
    samples: () => [lines('Zm1\t-9.965784', 'Zm2\t0.5', 'Zm3\t12.25')],
    dictionary: ['1024', '-9.965785', 'NaN'],
    read: async (bytes) => normalisedToTpm((await readNormalisedExpression(bytes)).values),
  },
  {
    name: 'labelled-folds',
    samples: () => [lines('gene_id,fold', 'Zm1,train_0', 'Zm2,test')],
    dictionary: ['"', 'fold', 'split', 'id'],
    read: readFolds,
  },
  {
    name: 'cultivars',
    samples: () => [
      lines('cultivar,subpopulation,gene_prefix', 'B73,Stiff stalk,Zm00001eb', 'B97,Temporate,'),
    ],
    read: readCultivars,
  },
];

/** Samples, annotations, and what the tools of quantification write. */
const quantification: readonly FuzzTarget[] = [
  {
    name: 'rna-seq-samples',
    samples: () => [
      lines('name\tfastq_1\tfastq_2\tcultivar\ttissue', 'r1\ta_1.fq\ta_2.fq\tB73\troot'),
      lines('name\tfastq_1', 'r1\ta.fq'),
    ],
    dictionary: ['name', 'fastq_1', '../', '/dev/null'],
    read: (bytes) =>
      inFolder(async (folder) => {
        const file = path.join(folder, 'samples.tsv');
        await writeFile(file, bytes);
        return readRnaSeqSamples(file);
      }),
  },
  {
    name: 'counted-annotation',
    samples: () => [
      GTF,
      lines(
        'chr1\tx\tgene\t11\t24\t.\t+\t.\tID=g',
        'chr1\tx\tmRNA\t11\t24\t.\t+\t.\tID=t;Parent=g',
        'chr1\tx\texon\t11\t14\t.\t+\t.\tParent=t',
      ),
    ],
    dictionary: ['exon', 'gene_id', 'Parent=', 'ID='],
    read: (bytes) =>
      inFolder(async (folder) => {
        const isGtf = bytes.includes(0x22);
        const file = path.join(folder, isGtf ? 'a.gtf' : 'a.gff3');
        await writeFile(file, bytes);
        await checkAnnotation(file, {
          format: isGtf ? 'gtf' : 'gff3',
          featureType: 'exon',
          geneAttribute: 'gene_id',
        });
        if (!isGtf) await writeSaf(file, path.join(folder, 'a.saf'));
      }),
  },
  {
    name: 'feature-counts',
    samples: () => [
      lines(
        '# Program:featureCounts v2.0.3',
        'Geneid\tChr\tStart\tEnd\tStrand\tLength\ta.bam',
        'g1\tchr1;chr1\t1;20\t10;30\t+;+\t21\t5',
        'g2\tchr1\t40\t50\t-\t11\t0',
      ),
    ],
    dictionary: ['Geneid', '#', ';'],
    read: async (bytes) => {
      const { counts, lengths } = await readFeatureCounts(bytes);
      return transcriptsPerMillion(counts, lengths);
    },
  },
  ...(
    [
      [
        'trimmomatic-summary',
        lines('Input Read Pairs: 100', 'Both Surviving Reads: 90', 'Dropped Reads: 1'),
        (text: string) => parseTrimmomaticSummary(text, true, 'trimming.txt'),
      ],
      [
        'hisat2-summary',
        lines(
          'HISAT2 summary stats:',
          '\tTotal pairs: 100',
          '\t\tAligned concordantly 1 time: 90 (90.00%)',
          '\tOverall alignment rate: 95.50%',
        ),
        (text: string) => parseHisat2Summary(text, true, 'alignment.txt'),
      ],
      [
        'feature-counts-summary',
        lines('Status\ta.bam', 'Assigned\t90', 'Unassigned_Unmapped\t10'),
        (text: string) => parseFeatureCountsSummary(text, 'counts.txt.summary'),
      ],
    ] as const
  ).map(([name, sample, parse]): FuzzTarget => ({
    name,
    samples: () => [sample],
    read: (bytes) => parse(textOf(bytes)),
  })),
];

/** Readers of raw files that are made into tables. */
export const preparationTargets: readonly FuzzTarget[] = [
  ...downloads,
  ...promoters,
  ...expression,
  ...quantification,
];
