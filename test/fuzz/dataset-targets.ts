import { readClusterTable } from '../../kernel-lib/src/datasets/cluster-table.ts';
import { openSequenceCorpus } from '../../kernel-lib/src/datasets/sequence-corpus.ts';
import { streamSequenceRecords } from '../../kernel-lib/src/datasets/sequence-records.ts';
import { assignClusterFolds } from '../../kernel-lib/src/datasets/tissue-expression-folds.ts';
import { readLabelledPromoters } from '../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { readClusterFolds } from '../../kernel-lib/src/preparation/expression-folds.ts';
import { trainByteLevelBpe } from '../../kernel-lib/src/tokenizers/train-byte-level-bpe.ts';
import { gzipSync } from 'node:zlib';
import type { FuzzTarget } from './try-input.ts';

const lines = (...all: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(`${all.join('\n')}\n`));

const SEQUENCES = [
  lines('ACGTACGTAC', '', 'acgtNNNN', 'TTTT'),
  lines('>a x', 'ACGTAC', 'GT', '>b', 'NNN'),
  new Uint8Array(gzipSync('ACGTACGT\nAC\n')),
];

/** Readers of sequences without labels, of clusters and of labelled promoters. */
export const datasetTargets: readonly FuzzTarget[] = [
  {
    name: 'cluster-table',
    samples: () => [
      lines('a\ta', 'a\tb', 'c\tc'),
      lines(
        '>Cluster 0',
        '0\t1000nt, >a... *',
        '1\t900nt, >b... at +/98.00%',
        '>Cluster 1',
        '0\t5nt, >c... *',
      ),
    ],
    dictionary: ['>Cluster ', '... *', '... at +/', 'nt, >', '\t'],
    read: async (bytes) => {
      const members = await readClusterTable(bytes);
      return assignClusterFolds(
        members.map(({ representative, member }) => [representative, member] as const),
      );
    },
  },
  {
    name: 'cluster-folds',
    samples: () => [lines('a\ta', 'a\tb', 'c\tc', 'd\td')],
    read: (bytes) => readClusterFolds(bytes, { trainShare: 0.5, trainFolds: 2 }),
  },
  {
    name: 'labelled-promoters',
    samples: () => [
      lines('gene_id\tfold\ttpm_root\ttpm_ear\tsequence', 'Zm1\ttest\t1.5\t0\tACGTN'),
      lines('name,sequence,labels', 'Zm1,ACGT,"[1.0, 2.5e-3]"', 'Zm2,acgt,"[-9.96, 0.]"'),
    ],
    dictionary: ['labels', 'tpm_', '[', ']', '"', 'nan', 'inf', '1e400'],
    read: (bytes) => readLabelledPromoters(bytes),
  },
  {
    name: 'sequence-corpus',
    samples: () => SEQUENCES,
    dictionary: ['>', 'N', '*', '-'],
    read: async (bytes) => {
      const corpus = await openSequenceCorpus([bytes], { window: 4, memoryBytes: 64 });
      try {
        for (let index = 0; index < corpus.length; index++) {
          if (corpus.sequence(index).length !== corpus.sequenceLength(index)) {
            throw new Error(`${corpus.id(index)} has another length than its text`);
          }
        }
      } finally {
        corpus.close();
      }
    },
  },
  {
    name: 'sequence-records',
    samples: () => [...SEQUENCES, lines('id\tsequence', 'a\tACGT', 'b\tNNNN')],
    dictionary: ['sequence', 'promoter', '>', '"'],
    read: async (bytes) => {
      for await (const { tokens } of streamSequenceRecords(bytes)) tokens.fill(0);
    },
  },
  {
    name: 'tokenizer-text',
    samples: () => SEQUENCES,
    dictionary: ['>', '\u{1f9ec}', '</s>'],
    read: async (bytes) => {
      const options = { vocabularySize: 300 };
      const { tokenizer } = await trainByteLevelBpe({ files: [bytes] }, options);
      return tokenizer.decode(tokenizer.encode('ACGTACGTAC'));
    },
  },
];
