import { code, markdown, quoted, type NotebookTemplate } from './notebook-template.ts';

/** The study after Levy et al. 2022. */
export const promoterLanguage: NotebookTemplate = {
  name: 'promoter-language',
  label: 'Language model of promoters',
  detail: 'The FloraBERT study: needs sequences, one a line or FASTA',
  cells: ({ sequences }) => [
    markdown(`
# A language model of promoters

Cuts promoters into tokens by byte-pair encoding, hides some of them and trains a transformer to guess
these from the rest (FloraBERT, Levy et al. 2022). What it learns needs no labels; fine-tuning to
expression comes after.`),
    code(`
import * as tb from 'tatabox';

// Your sequences, from the folder of this notebook: FASTA, or text with one a line; may be gzipped.
const files = [${quoted(sequences)}];
const folder = 'runs/promoter-language';
const maxLength = 40; // tokens that the network reads

const backend = await tb.useBackend();
const signal = tb.interruptSignal(); // the stop button
const progress = tb.defaultProgress();
\`computes with \${backend.name}\``),
    markdown(`
## Sequences and tokens

Long sequences are cut into pieces. Pieces of equal content never stand in both parts.`),
    code(`
const corpus = await tb.openSequenceCorpus(files, {
  minimumLength: 30,
  window: 120,
  signal: signal,
  progress: progress,
});
const parts = tb.splitByContent(corpus, { share: 0.05, seed: 1 });
const trainSequences = tb.someSequences(corpus, parts.train.slice(0, 7000));
const heldOut = tb.someSequences(corpus, parts.validation.slice(0, 1400));
const { tokenizer } = await tb.trainByteLevelBpe(
  Array.from({ length: trainSequences.length }, (_, i) => trainSequences.sequence(i)),
  { vocabularySize: 512, maxLength, signal: signal, progress: progress },
);
const statistics = await tb.tokenStatistics(trainSequences, tokenizer, { maxLength, signal: signal });
\`\${trainSequences.length} pieces to train on, \${heldOut.length} held out, \${(statistics.letters / statistics.tokens).toFixed(1)} letters a token\``),
    markdown(`
## Training

A token is hidden, the network guesses it from its neighbours.`),
    code(`
const predictions = tb.maskedPositions(maxLength);
const masked = (of: tb.Sequences) =>
  tb.maskedLanguageDataset({
    sequences: of,
    tokenizer: tokenizer,
    maxLength: maxLength,
    predictions: predictions,
    masking: { masked: 1, random: 0 },
    seed: 1,
  });
const train = masked(trainSequences);
const validation = masked(heldOut);
const config = tb.resolveArchitectureConfig(
  {
    type: 'roberta',
    config: {
      task: 'masked-language',
      encoder: {
        hidden_size: 64,
        num_hidden_layers: 1,
        num_attention_heads: 4,
        intermediate_size: 128,
        initializer_range: 0.1,
        max_position_embeddings: maxLength + 2,
        hidden_dropout_prob: 0,
        attention_probs_dropout_prob: 0,
        pad_token_id: 1,
      },
    },
  },
  { length: maxLength, features: [], outputs: ['token'], tokenizer: tokenizer },
) as tb.RobertaNetworkConfig;
const network = tb.roberta.build({ ...config, predictions: predictions }, { seed: 1 });
const history = await tb.trainModel({
  model: network,
  inputNames: Object.keys(train.inputs),
  train: train,
  validation: validation,
  options: {
    epochs: 3,
    batchSize: 32,
    learningRate: 4e-3,
    optimizer: 'adamw',
    schedule: { name: 'linear', warmupRatio: 0.1 },
    clip: { globalNorm: 1 },
    loss: 'masked-language',
    seed: 1,
    keep: 'last',
  },
  folder: \`\${folder}/pretraining\`,
  signal: signal,
  progress: progress,
});
const curves = await tb.plotTrainingCurves([history], {
  title: 'Pre-training',
  lossTitle: '−ln P(hidden token)',
});
curves.show();`),
    markdown(`
## Is it better than counting?

The unigram model guesses by the frequency of tokens alone. A network that does not beat it has learnt
nothing about what stands next to what.`),
    code(`
const metrics = await tb.evaluateMaskedLanguage(network, validation, { signal: signal, progress: progress });
const unigram = await tb.unigramBaseline(statistics.counts, validation);
new tb.TableView(
  'Hidden tokens of pieces that were not trained on',
  ['model', 'perplexity', 'right guesses (%)'],
  [
    { model: 'unigram', ...unigram },
    { model: 'this network', ...metrics },
  ].map(({ model, perplexity, accuracy }) => ({
    model,
    perplexity,
    'right guesses (%)': 100 * accuracy,
  })),
).show();`),
    markdown(`
## Where next

A network that beats the unigram model by far needs more data, tokens and layers than this small one:
the preset \`florabert-language\` of a run configuration (*Tatabox: New Run Configuration…*) has the sizes of
the study, and its fine-tuning to expression goes on from the saved model.`),
  ],
};
