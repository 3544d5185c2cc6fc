import type { BenchRow } from './bench-row.ts';
import { bassetTrain } from './rows/basset.ts';
import { fastaBatches, fastaRandom, fastaRandomBgzip } from './rows/fasta.ts';
import { mutagenesis, mutagenesisEnsemble } from './rows/mutagenesis.ts';
import { notebookImport } from './rows/notebook-import.ts';
import { robertaTrain, robertaTrainAll, robertaTrainDropout } from './rows/roberta.ts';
import { streamFastaRow, streamVcfRow } from './rows/stream.ts';
import { bpeEncoding, bpeTraining } from './rows/tokenizers.ts';
import { xpressoPredict, xpressoTrain } from './rows/xpresso.ts';

/** All rows of the benchmark, in the order of the table. */
export const benchRows: readonly BenchRow[] = [
  xpressoTrain,
  xpressoPredict,
  mutagenesis,
  mutagenesisEnsemble,
  bassetTrain,
  robertaTrain,
  robertaTrainAll,
  robertaTrainDropout,
  fastaBatches,
  fastaRandom,
  fastaRandomBgzip,
  streamFastaRow,
  streamVcfRow,
  bpeTraining,
  bpeEncoding,
  notebookImport,
];
