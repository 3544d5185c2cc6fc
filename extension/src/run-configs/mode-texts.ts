/** A mode of run configs as the wizard shows it. */
export interface ModeText {
  readonly mode: string;
  readonly title: string;
  readonly description: string;
}

/** All modes in the order in which one needs them. */
export const modeTexts: readonly ModeText[] = [
  {
    mode: 'train',
    title: 'Train on promoters with expression',
    description: 'genome and gene table to a network that predicts expression',
  },
  {
    mode: 'finetune',
    title: 'Fine-tune a language model',
    description: 'promoters with expression in several tissues',
  },
  {
    mode: 'pretrain',
    title: 'Pre-train a language model',
    description: 'masked language model on sequences without labels',
  },
  {
    mode: 'interpret',
    title: 'Explain a model',
    description: 'embeddings, attention, attributions, mutagenesis',
  },
  {
    mode: 'train-tokenizer',
    title: 'Train a tokenizer',
    description: 'byte-level BPE from sequences',
  },
  { mode: 'tokenize', title: 'Tokenize sequences', description: 'sequences to token ids' },
  {
    mode: 'cluster',
    title: 'Cluster sequences',
    description: 'groups by identity, and folds of whole clusters',
  },
  {
    mode: 'audit',
    title: 'Audit a data set',
    description: 'sequences that training and test share',
  },
  {
    mode: 'extract-promoters',
    title: 'Extract promoters',
    description: 'FASTA with GFF3 or GTF to promoters',
  },
  {
    mode: 'expression-table',
    title: 'Prepare expression tables',
    description: 'filter TPM tables and label promoters',
  },
  {
    mode: 'quantify',
    title: 'Quantify RNA-seq reads',
    description: 'FASTQ to counts and TPM by HISAT2 and featureCounts',
  },
  {
    mode: 'download',
    title: 'Download genomes',
    description: 'genomes and annotations of a link table',
  },
];
