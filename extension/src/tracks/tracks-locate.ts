import { UsageError } from 'tatabox/core/errors.ts';
import { contigNameAdvice } from 'tatabox/sequence/contig-names.ts';
import { parseInterval } from 'tatabox/sequence/parse-interval.ts';
import type { ContigNames } from './tracks-contigs.ts';
import type { Contig, Region } from './track-types.ts';

/** What {@link locate} looks in. */
export interface LocatePlaces {
  readonly contigs: readonly Contig[];
  readonly names: ContigNames;
  /** The contig that is in sight; numbers alone are taken for places on it. */
  readonly chrom: string;
  readonly lengthOf: (contig: string) => number;
}

/**
 * The region that a user's text means: `chrI:1,000-2,000`, `chrI:1,000`, `1,000-2,000` on the contig in
 * sight, or a contig.
 *
 * @returns undefined for a text that is none of these, which may be the name of a feature
 * @throws UsageError for a region of a contig that is not there, or behind its end
 */
export function locate(text: string, places: LocatePlaces): Region | undefined {
  const { names, contigs, chrom, lengthOf } = places;
  const wanted = text.trim();
  const whole = names.find(wanted);
  if (whole !== undefined) return { chrom: whole, start: 0, end: Math.max(1, lengthOf(whole)) };
  const single = /^(?:(\S+):)?([\d,]+)$/.exec(wanted);
  if (single !== null && /\d/.test(single[2] ?? '')) {
    const at = Number((single[2] ?? '').replaceAll(',', '')) - 1;
    const around = parseInterval(
      `${single[1] ?? chrom}:${String(Math.max(1, at - 49))}-${String(Math.max(1, at) + 50)}`,
    );
    return onContig(around);
  }
  if (/^[\d,]+-[\d,]+$/.test(wanted)) return onContig(parseInterval(`${chrom}:${wanted}`));
  if (/:[\d,]+-[\d,]+(\([+-]\))?$/.test(wanted)) return onContig(parseInterval(wanted));
  return undefined;

  function onContig(region: Region): Region {
    const found = names.find(region.chrom);
    if (found === undefined) {
      throw new UsageError({
        where: `region '${wanted}'`,
        found: `contig '${region.chrom}'`,
        fix: contigNameAdvice(
          region.chrom,
          contigs.slice(0, 1000).map(({ name }) => name),
        ),
      });
    }
    const length = lengthOf(found);
    if (region.start >= length) {
      throw new UsageError({
        where: `region '${wanted}'`,
        found: `a start behind the end of ${found}`,
        expected: `1 to ${length.toLocaleString('en')}`,
      });
    }
    return { chrom: found, start: region.start, end: Math.min(region.end, length) };
  }
}
