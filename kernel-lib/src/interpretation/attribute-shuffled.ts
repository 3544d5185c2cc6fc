import { Random } from '../core/random.ts';
import { dinucleotideShuffle } from '../sequence/shuffle-sequence.ts';
import { attribute, type AttributionMethod, type AttributionMethodOptions } from './attribute.ts';
import { exampleRows, toExamples, type TokenExamples } from './examples.ts';
import type { AttributedSequences } from './motif-enrichment.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/**
 * Shuffles each sequence once, keeping its dinucleotide counts, and attributes the shuffles: what a
 * model finds where there are no sites, the null of `callSeqlets` and `enrichMotifs`.
 *
 * @param options those of the method, and `shuffleSeed` (default 0) for the shuffles
 * @example
 * const nullSequences = await attributeShuffled('ism', scorer, tokens, { shuffleSeed: 1 });
 */
export async function attributeShuffled<Name extends AttributionMethod>(
  method: Name,
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: AttributionMethodOptions[Name] & { readonly shuffleSeed?: number } = {},
): Promise<AttributedSequences> {
  const { shuffleSeed = 0, ...rest } = options;
  const examples = toExamples(scorer.length, tokens, 'attribution of shuffled sequences');
  const rows = exampleRows(examples.length, options.rows, 'attribution of shuffled sequences');
  const shuffled = examples.map((example, index) =>
    dinucleotideShuffle(example, new Random(shuffleSeed).derive(rows[index] ?? index)),
  );
  const attribution = await attribute(
    method,
    scorer,
    shuffled,
    rest as AttributionMethodOptions[Name],
  );
  return { tokens: shuffled, attribution };
}
