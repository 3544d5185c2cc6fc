import path from 'node:path';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { BigBedDocument } from './big-bed-document.ts';
import { IntervalDocument } from './interval-document.ts';
import { SignalDocument } from './signal-document.ts';
import type { Contig, Feature, Region } from './track-types.ts';
import { ContigNames } from './tracks-contigs.ts';
import type { Drawing, TrackKind } from './tracks-protocol.ts';
import { binSignal } from './tracks-signal-bins.ts';

/** Features that are drawn one by one at most; more are shown as density. */
const MOST_DRAWN = 4000;
/** Pixels of the widest screen; bounds what a page may ask for. */
const MOST_BINS = 20_000;

type TrackDocument =
  | { readonly kind: 'intervals'; readonly document: IntervalDocument }
  | { readonly kind: 'signal'; readonly document: SignalDocument }
  | { readonly kind: 'bigBed'; readonly document: BigBedDocument };

/** An open track file, whichever format it has. */
export class TrackSource {
  readonly contigs: readonly Contig[];
  readonly names: ContigNames;
  readonly opened: TrackDocument;

  constructor(opened: TrackDocument) {
    this.opened = opened;
    this.contigs = opened.document.contigs;
    this.names = new ContigNames(this.contigs);
  }

  /** Opens a file as what its name says; `content` where it does not lie on a disk. */
  static async open(
    file: string,
    content: Uint8Array | undefined,
    options: LongWorkOptions,
  ): Promise<TrackSource> {
    const kind = trackKind(file);
    if (kind === 'intervals') {
      const document = await IntervalDocument.open(content ?? file, {
        ...options,
        name: path.basename(file),
      });
      return new TrackSource({ kind, document });
    }
    const source = content ?? file;
    return kind === 'signal'
      ? new TrackSource({ kind, document: await SignalDocument.open(source, options) })
      : new TrackSource({ kind, document: await BigBedDocument.open(source, options) });
  }

  get kind(): TrackKind {
    return this.opened.kind;
  }

  get format(): string {
    return this.opened.document.format;
  }

  /** What is to be drawn; the contig may have another file's name. */
  async draw(wanted: Region, bins: number, signal?: AbortSignal): Promise<Drawing> {
    const chrom = this.names.find(wanted.chrom);
    if (chrom === undefined) return { kind: 'absent' };
    const start = Math.max(0, Math.floor(wanted.start));
    const end = Math.max(start + 1, Math.ceil(wanted.end));
    const region = { chrom, start, end };
    const most = Math.max(1, Math.min(MOST_BINS, Math.floor(bins), end - start));
    const { opened } = this;
    const work = signal === undefined ? {} : { signal };
    if (opened.kind === 'signal') {
      return { kind: 'signal', ...(await opened.document.signal(region, most, work)) };
    }
    if (opened.kind === 'intervals' && opened.document.format === 'bedGraph') {
      return { kind: 'signal', ...(await binSignal(opened.document, region, most, signal)) };
    }
    if (opened.kind === 'bigBed') return drawBigBed(opened.document, region, most, signal);
    const { features, total } = opened.document.features(region, MOST_DRAWN);
    if (total <= features.length) return { kind: 'features', features };
    return { kind: 'density', counts: opened.document.density(region, most), total };
  }

  async close(): Promise<void> {
    await this.opened.document.close();
  }
}

async function drawBigBed(
  document: BigBedDocument,
  region: Region,
  bins: number,
  signal?: AbortSignal,
): Promise<Drawing> {
  const work = signal === undefined ? {} : { signal };
  const { features, total } = await document.features(region, MOST_DRAWN, work);
  if (total > features.length) {
    return { kind: 'density', counts: await document.density(region, bins, work), total };
  }
  // Records of a bigBed file have no numbers; those of what was read change with the region.
  return { kind: 'features', features: features.map((one) => ({ ...one, row: markOf(one) })) };
}

/** A number that a feature keeps whichever region it was read with. */
function markOf({ start, end, name, strand }: Feature): number {
  let hash = end % 4096;
  for (const letter of name + strand) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 4096;
  return start * 4096 + hash;
}

/** What a file is by its name. */
export function trackKind(file: string): TrackKind {
  if (/\.(bw|bigwig)$/i.test(file)) return 'signal';
  if (/\.(bb|bigbed)$/i.test(file)) return 'bigBed';
  return 'intervals';
}

/** Endings of the files that can be a track, without compression. */
export const TRACK_ENDINGS = [
  'bed',
  'bed3',
  'bed4',
  'bed5',
  'bed6',
  'bed9',
  'bed12',
  'narrowPeak',
  'broadPeak',
  'gappedPeak',
  'bedGraph',
  'bedgraph',
  'bdg',
  'bedpe',
  'gtf',
  'gff',
  'gff3',
  'bw',
  'bigWig',
  'bigwig',
  'bb',
  'bigBed',
  'bigbed',
] as const;
