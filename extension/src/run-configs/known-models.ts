/** An architecture that `model.type` names. */
export interface KnownModel {
  readonly type: string;
  readonly description: string;
  /** What `model.preset` may be. */
  readonly presets: readonly string[];
  /** Modes that it can be trained in. */
  readonly modes: readonly string[];
}

/**
 * Architectures and presets of the library. Its registry would bring TensorFlow.js into the
 * extension; a test compares the two.
 */
export const knownModels: readonly KnownModel[] = [
  {
    type: 'xpresso',
    description: 'convolutions over the promoter, mRNA features beside them (Xpresso)',
    presets: ['human', 'mouse', 'manual', 'promoter-1500'],
    modes: ['train'],
  },
  {
    type: 'promoter-regions',
    description: 'convolutions of their own for regions of the promoter, for small genomes',
    presets: ['yeast-1500'],
    modes: ['train'],
  },
  {
    type: 'roberta',
    description: 'transformer over tokens, as FloraBERT',
    presets: ['florabert', 'florabert-language', 'florabert-small', 'florabert-small-language'],
    modes: ['pretrain', 'finetune'],
  },
  {
    type: 'bert',
    description: 'transformer over k-mers, as DNABERT',
    presets: ['dnabert-6', 'small'],
    modes: ['pretrain', 'finetune'],
  },
  {
    type: 'esm',
    description: 'transformer with rotary positions, as ESM-2',
    presets: ['esm2-8m', 'esm2-35m', 'esm2-150m', 'esm2-650m'],
    modes: ['pretrain', 'finetune'],
  },
];
