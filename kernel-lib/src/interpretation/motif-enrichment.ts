import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import { TableView } from '../core/table-view.ts';
import type { Motif } from '../formats/motifs.ts';
import { adjustPValues } from './adjust-p-values.ts';
import type { Attribution } from './attribution.ts';
import { checkCount } from './examples.ts';
import { fisherExactGreater, type CountTable } from './hypergeometric.ts';
import { scanMotifs, type MotifHit, type MotifScanOptions } from './motif-scan.ts';
import { groupMotifs } from './motif-similarity.ts';
import {
  keepBestHits,
  markSites,
  placeHits,
  windowCounter,
  type HitPlaces,
} from './motif-sites.ts';
import { callSeqlets, type Seqlet } from './seqlets.ts';

/** What the hits in high-attribution sites are compared with; see `enrichMotifs`. */
export type EnrichmentNull = 'positions' | 'shuffled-motifs' | 'shuffled-sequences';

/** Sequences with their attribution, for example of `attributeShuffled`. */
export interface AttributedSequences {
  readonly tokens: readonly Uint8Array[];
  readonly attribution: Attribution;
}

/** Options of `enrichMotifs`. */
export interface EnrichMotifsOptions extends LongWorkOptions {
  /**
   * Sequences in which nothing should be found, with their attribution by the same method: the null
   * of the seqlets and of `null: 'shuffled-sequences'`.
   */
  readonly nullSequences?: AttributedSequences;
  /** Default `positions`. */
  readonly null?: EnrichmentNull;
  /** Bases of a seqlet's window (see `callSeqlets`); default 7. */
  readonly window?: number;
  /** Largest p-value of a seqlet's window (see `callSeqlets`); default 0.005. */
  readonly seqletThreshold?: number;
  /** Largest p-value of a motif hit; default 1e-4. */
  readonly hitThreshold?: number;
  /** Background of the motif scan (see `scanMotifs`); default `sequences`. */
  readonly background?: MotifScanOptions['background'];
  /** Permutations of each motif's columns for `null: 'shuffled-motifs'`; default 5. */
  readonly permutations?: number;
  /** Seed of the permutations; default 0. */
  readonly seed?: number;
  /** Least correlation of motifs of one group (see `groupMotifs`); default 0.8. */
  readonly groupCorrelation?: number;
}

/** How often one motif lies in high-attribution sites. */
export interface EnrichedMotif {
  readonly id: string;
  readonly name: string;
  /** Hits in all sequences; overlapping hits count as the best of them. */
  readonly hits: number;
  /** Hits whose middle lies in a high-attribution site. */
  readonly hitsInSites: number;
  /** Hits in sites that the null gives. */
  readonly expected: number;
  /** (hitsInSites + 0.5) / (expected + 0.5). */
  readonly enrichment: number;
  /** Fisher's exact test, one-sided, against the null. */
  readonly pValue: number;
  /** Benjamini and Hochberg over motifs. */
  readonly qValue: number;
  /** Mean signed contribution of a base under the hits; NaN without hits. */
  readonly meanAttribution: number;
  /** The same under the hits in sites. */
  readonly meanAttributionInSites: number;
  /** Sequences with a hit in a site. */
  readonly sequences: number;
  /** Group of similar motifs, counted from 1 by the p-value of its best motif. */
  readonly group: number;
  /** Whether it is the best of its group. */
  readonly bestOfGroup: boolean;
}

/** Result of `enrichMotifs`. */
export interface MotifEnrichment {
  /** One row a motif, by p-value. */
  readonly rows: readonly EnrichedMotif[];
  readonly null: EnrichmentNull;
  /** The high-attribution sites. */
  readonly sites: readonly Seqlet[];
  /** Hits that were counted, thinned where hits of a motif overlap; `motif` is the index in the call. */
  readonly hits: readonly MotifHit[];
  /** All motifs, by p-value. */
  readonly view: TableView;
  /** The best motif of each group of similar ones, by p-value. */
  readonly groupView: TableView;
}

const optionNames = [
  ...['nullSequences', 'null', 'window', 'seqletThreshold', 'hitThreshold', 'background'],
  ...['permutations', 'seed', 'groupCorrelation', 'signal', 'progress'],
];
const nulls: readonly EnrichmentNull[] = ['positions', 'shuffled-motifs', 'shuffled-sequences'];

/**
 * Asks which motifs lie where a model looks. Seqlets give the high-attribution sites; the motifs are
 * scanned over the sequences; a hit counts as in a site when its middle lies there. The count is
 * compared by Fisher's exact test with one of three nulls:
 *
 * - `positions`: the motif's own hits in and outside sites, against all windows in and outside: does
 *   the model attend to the motif, however often it occurs. A rich base composition of the sites
 *   alone can raise it;
 * - `shuffled-motifs`: the motif's hits in and outside sites, against those of the motif with its
 *   columns permuted, which have the same base composition: the same question, more strictly;
 * - `shuffled-sequences`: hits in sites among all windows of the real sequences, against the same in
 *   shuffled sequences, attributed by the same model. A model that knows a motif also finds it where
 *   a shuffle makes it, so this asks rather whether the motif occurs more often than its
 *   dinucleotides explain; a motif that the model attends to can fail it.
 *
 * Hits of similar motifs overlap and are reported for each of them; `group` and `groupView` bring
 * similar motifs together. Neighbouring genes share promoters and paralogs share sites, so that
 * p-values are smaller than independent sites would give.
 *
 * @param tokens the sequences that were attributed, in the same order
 * @throws UsageError on a bad option, InputError when sequences and attribution do not fit
 * @example
 * const nullSequences = await attributeShuffled('deep-lift', scorer, tokens, { seed: 1 });
 * const { view } = await enrichMotifs(motifs, tokens, attribution, { nullSequences });
 * view.show();
 */
export async function enrichMotifs(
  motifs: readonly Motif[],
  tokens: readonly Uint8Array[],
  attribution: Attribution,
  options: EnrichMotifsOptions = {},
): Promise<MotifEnrichment> {
  const where = 'motif enrichment';
  checkOptionNames(options, optionNames, where);
  const { nullSequences, window, seqletThreshold, hitThreshold = 1e-4 } = options;
  const chosen = options.null ?? 'positions';
  const { permutations = 5, seed = 0, groupCorrelation = 0.8, signal, progress } = options;
  checkCount(permutations, 1, 'permutations', where);
  checkCall(chosen, tokens, attribution, nullSequences);

  const seqletOptions = { window, threshold: seqletThreshold };
  const nullContributions = nullSequences?.attribution;
  const sites = callSeqlets(attribution, { ...seqletOptions, nullContributions });
  const inSites = markSites(sites, attribution);

  const scanOptions = { threshold: hitThreshold, signal, progress };
  const scan = await scanMotifs(motifs, tokens, {
    ...scanOptions,
    background: options.background ?? 'sequences',
  });
  const fixed = { ...scanOptions, background: scan.background };
  const hits = keepBestHits(scan.hits);
  const places = placeHits(motifs.length, hits, inSites, attribution);

  let others: CountTable[];
  if (chosen === 'shuffled-sequences' && nullSequences !== undefined) {
    const nullSites = callSeqlets(nullSequences.attribution, {
      ...seqletOptions,
      nullContributions,
    });
    const nullMask = markSites(nullSites, nullSequences.attribution);
    const nullScan = await scanMotifs(motifs, nullSequences.tokens, fixed);
    const nullPlaces = placeHits(
      motifs.length,
      keepBestHits(nullScan.hits),
      nullMask,
      nullSequences.attribution,
    );
    const countWindows = windowCounter(tokens, inSites, attribution);
    const countNullWindows = windowCounter(
      nullSequences.tokens,
      nullMask,
      nullSequences.attribution,
    );
    others = motifs.map(({ length }, i) => {
      const inside = places[i]?.inside ?? 0;
      const otherInside = nullPlaces[i]?.inside ?? 0;
      const windows = countWindows(length);
      const nullWindows = countNullWindows(length);
      return {
        inside,
        outside: Math.max(0, windows.inside + windows.outside - inside),
        otherInside,
        otherOutside: Math.max(0, nullWindows.inside + nullWindows.outside - otherInside),
      };
    });
  } else if (chosen === 'positions') {
    const countWindows = windowCounter(tokens, inSites, attribution);
    others = motifs.map(({ length }, i) => {
      const { inside, outside } = places[i] ?? { inside: 0, outside: 0 };
      const windows = countWindows(length);
      return {
        inside,
        outside,
        otherInside: Math.max(0, windows.inside - inside),
        otherOutside: Math.max(0, windows.outside - outside),
      };
    });
  } else {
    const permuted = permuteMotifs(motifs, permutations, seed);
    const permutedScan = await scanMotifs(permuted, tokens, fixed);
    const permutedPlaces = placeHits(
      permuted.length,
      keepBestHits(permutedScan.hits),
      inSites,
      attribution,
    );
    others = motifs.map((_, i) => {
      const own = permutedPlaces.slice(i * permutations, (i + 1) * permutations);
      return {
        inside: places[i]?.inside ?? 0,
        outside: places[i]?.outside ?? 0,
        otherInside: own.reduce((sum, { inside }) => sum + inside, 0),
        otherOutside: own.reduce((sum, { outside }) => sum + outside, 0),
      };
    });
  }
  const rows = makeRows(motifs, places, others, chosen, groupCorrelation);
  return {
    rows,
    null: chosen,
    sites,
    hits,
    view: viewOf(`Motifs in ${sites.length} high-attribution sites`, rows),
    groupView: viewOf(
      `Best motif of each group of similar ones in ${sites.length} high-attribution sites`,
      rows.filter(({ bestOfGroup }) => bestOfGroup),
    ),
  };
}

function checkCall(
  chosen: EnrichmentNull,
  tokens: readonly Uint8Array[],
  attribution: Attribution,
  nullSequences: AttributedSequences | undefined,
): void {
  const where = 'motif enrichment';
  if (!nulls.includes(chosen)) {
    throw new UsageError({ where, found: `null '${chosen}'`, expected: nulls.join(', ') });
  }
  if (chosen === 'shuffled-sequences' && nullSequences === undefined) {
    throw new UsageError({
      where,
      found: "null 'shuffled-sequences' without nullSequences",
      fix: 'Make them with attributeShuffled, by the same method and scorer.',
    });
  }
  const pairs = [{ tokens, attribution }, ...(nullSequences === undefined ? [] : [nullSequences])];
  for (const pair of pairs) {
    const { count, length } = pair.attribution;
    if (pair.tokens.length !== count || pair.tokens.some((each) => each.length !== length)) {
      throw new InputError({
        where,
        found: `${pair.tokens.length} sequences for an attribution of ${count} × ${length} bases`,
        expected: 'the sequences that were attributed, in the same order',
      });
    }
  }
  if (nullSequences !== undefined && nullSequences.attribution.method !== attribution.method) {
    throw new UsageError({
      where,
      found: `attribution by ${attribution.method}, null by ${nullSequences.attribution.method}`,
      expected: 'the same method for both, or their sizes cannot be compared',
    });
  }
}

/** Copies of each motif with its columns in random order, `each` a motif, motif after motif. */
function permuteMotifs(motifs: readonly Motif[], each: number, seed: number): Motif[] {
  return motifs.flatMap((motif, index) =>
    Array.from({ length: each }, (_, number) => {
      const order = new Random(seed).derive(index, number).permutation(motif.length);
      const matrix = new Float64Array(motif.matrix.length);
      order.forEach((from, to) => {
        matrix.set(motif.matrix.subarray(from * 4, from * 4 + 4), to * 4);
      });
      return { ...motif, id: `${motif.id} permuted ${number + 1}`, matrix };
    }),
  );
}

function makeRows(
  motifs: readonly Motif[],
  places: readonly HitPlaces[],
  tables: readonly CountTable[],
  chosen: EnrichmentNull,
  groupCorrelation: number,
): EnrichedMotif[] {
  const pValues = tables.map(fisherExactGreater);
  const qValues = adjustPValues(pValues);
  const order = motifs
    .map((_, i) => i)
    .sort(
      (a, b) =>
        (pValues[a] ?? 1) - (pValues[b] ?? 1) ||
        (places[b]?.inside ?? 0) - (places[a]?.inside ?? 0),
    );
  const sorted = order.flatMap((i) => motifs[i] ?? []);
  const groups = groupMotifs(sorted, groupCorrelation);
  const seen = new Set<number>();
  return order.flatMap((i, rank) => {
    const motif = motifs[i];
    const place = places[i];
    const table = tables[i];
    if (motif === undefined || place === undefined || table === undefined) return [];
    const expected = expectedInside(table, chosen);
    const group = (groups[rank] ?? 0) + 1;
    const bestOfGroup = !seen.has(group);
    seen.add(group);
    return {
      id: motif.id,
      name: motif.name,
      hits: place.inside + place.outside,
      hitsInSites: place.inside,
      expected,
      enrichment: (place.inside + 0.5) / (expected + 0.5),
      pValue: pValues[i] ?? 1,
      qValue: qValues[i] ?? 1,
      meanAttribution: place.meanAttribution,
      meanAttributionInSites: place.meanAttributionInside,
      sequences: place.sequencesInside,
      group,
      bestOfGroup,
    };
  });
}

/** The real total times the null's fraction of things inside. */
function expectedInside(table: CountTable, chosen: EnrichmentNull): number {
  const { inside, outside, otherInside, otherOutside } = table;
  const others = otherInside + otherOutside;
  if (others === 0) return 0;
  // Windows include those of the hits themselves, hence the totals of both for `positions`.
  if (chosen === 'positions') {
    return ((inside + outside) * (inside + otherInside)) / (inside + outside + others);
  }
  return ((inside + outside) * otherInside) / others;
}

function viewOf(title: string, rows: readonly EnrichedMotif[]): TableView {
  const columns = ['motif', 'name', 'hits', 'in sites', 'expected', 'enrichment'];
  columns.push('p', 'q', 'mean attribution', 'sequences', 'group');
  return new TableView(
    title,
    columns,
    rows.map((row) => ({
      motif: row.id,
      name: row.name,
      hits: row.hits,
      'in sites': row.hitsInSites,
      expected: row.expected,
      enrichment: row.enrichment,
      p: row.pValue === 0 ? '< 1e-300' : row.pValue.toExponential(1),
      q: row.qValue === 0 ? '< 1e-300' : row.qValue.toExponential(1),
      'mean attribution': row.meanAttribution,
      sequences: row.sequences,
      group: row.group,
    })),
  );
}
