import { code, markdown, quoted, type NotebookTemplate } from './notebook-template.ts';

/** The study after Agarwal and Shendure 2020. */
export const promoterExpression: NotebookTemplate = {
  name: 'promoter-expression',
  label: 'Promoters to expression',
  detail: 'The Xpresso study: needs a genome (FASTA) and a table of genes with TSS and expression',
  cells: ({ genome, table }) => [
    markdown(`
# From promoters to expression

Cuts the promoter of every gene from the genome, trains networks that predict its expression, measures
them on chromosomes that they never saw beside honest baselines, and asks which bases matter
(Xpresso, Agarwal and Shendure 2020).`),
    code(`
import * as tb from 'tatabox';

// Your files, from the folder of this notebook, and the columns of the table.
const genomeFile = ${quoted(genome)};
const tableFile = ${quoted(table)};
const columns = { id: 'gene_id', chrom: 'chrom', strand: 'strand', tss: 'tss' };
const target = 'fpkm';
const upstream = 1000;
const downstream = 500;
const split: tb.SplitOptions = { by: 'chromosome', test: ['chrIV', 'chrX'], validation: ['chrVII'] };
const folder = 'runs/promoter-expression';

const backend = await tb.useBackend();
const signal = tb.interruptSignal(); // the stop button
const progress = tb.defaultProgress();
\`computes with \${backend.name}\``),
    markdown(`
## Data

Whole chromosomes are held out: neighbouring genes that share a promoter must not be in two parts.
Do the files fit each other?`),
    code(`
const genome = await tb.openFasta(genomeFile);
const genes = await tb.readTable(tableFile);
const check = await tb.checkInputs({
  fasta: genome,
  table: genes,
  columns: { ...columns, target },
  window: { upstream, downstream },
  split,
});
check.view.show();
tb.requireInputs(check);`),
    code(`
const data = await tb.promoterExpressionDataset({
  genome: genome,
  table: genes,
  columns: columns,
  upstream: upstream,
  downstream: downstream,
  features: [], // or tb.mrnaFeatures, where the table has the features of mRNAs
  target: { column: target, transform: 'log10', pseudocount: 0.1, standardise: true },
  split: split,
  maxShift: 20, // augmentation, in training only
});
(await tb.dataCard(data.dataset, { split: data.split, targetTransform: data.targetTransform })).view.show();`),
    markdown(`
## Training

Two networks that differ in their seed; the mean of their predictions counts.`),
    code(`
const config = tb.resolveArchitectureConfig(
  { type: 'xpresso', preset: 'promoter-1500' },
  { length: upstream + downstream, features: [], outputs: ['expression'] },
) as tb.XpressoConfig;
const trained = await tb.trainEnsemble({
  modelType: 'xpresso',
  config: config,
  train: data.train,
  validation: data.validation,
  options: { epochs: 8, batchSize: 64, optimizer: 'adamw', learningRate: 0.002, schedule: 'cosine' },
  seeds: [1, 2],
  folder: \`\${folder}/training\`,
  signal: signal,
  progress: progress,
});
const curves = await tb.plotTrainingCurves(
  trained.map(({ seed, result }) => ({ name: \`seed \${seed}\`, epochs: result.history })),
  { title: 'Training', lossTitle: 'Mean squared error' },
);
curves.show();`),
    markdown(`
## Evaluation

On chromosomes that no network saw, beside what simple models reach.`),
    code(`
const model = await tb.Predictor.from(
  tb.promoterModelFolder({
    modelType: 'xpresso',
    config: config,
    members: trained.map(({ weights }) => weights),
    data: data,
  }),
);
const observed = Array.from(data.split.test, (row) => data.observed[row]);
const predicted = tb.outputColumn(await model.predictDataset(data.test), 'expression');
const baselines = await tb.promoterBaselines(data, { signal: signal, progress: progress });
const comparison = tb.modelComparison(
  [...baselines, { name: 'xpresso (mean of 2)', observed: observed, predicted: predicted }],
  { referenceMean: data.trainMean },
);
comparison.view.show();
const scatter = await tb.plotPredictedVsObserved(
  { observed: observed, predicted: predicted, name: 'Expression', units: 'log10', items: 'genes' },
  { title: 'Predicted and measured expression' },
);
scatter.show();`),
    markdown(`
## Interpretation

Which bases move the prediction? DeepLIFT compares promoters with themselves shuffled, dinucleotides
kept.`),
    code(`
const count = Math.min(100, data.test.length);
const scorer = tb.datasetScorer(model, data.test.subset(Uint32Array.from({ length: count }, (_, i) => i)));
const attribution = await tb.deepLift(scorer, scorer.sequences, {
  references: 1,
  seed: 1,
  signal: signal,
  progress: progress,
});
const importance = tb.importanceProfile(attribution, { origin: upstream, smooth: 21, binSize: 5 });
const profile = await tb.plotImportanceProfile(importance.absolute, {
  title: 'Where the network looks',
  valueTitle: 'Mean |contribution|',
});
profile.show();`),
    markdown(`
## Save

The folder can be pushed with *Tatabox: Push Model…* and used with \`npx tatabox predict\`.`),
    code(`
await tb.writeModelFolder(\`\${folder}/model\`, model.folder);
scorer.dispose();
model.dispose();
genome.close();
\`\${folder}/model\``),
  ],
};
