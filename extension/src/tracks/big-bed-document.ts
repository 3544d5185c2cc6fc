import { throwIfAborted } from 'tatabox/core/errors.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { openBigBed, type BigBedFile, type BigBedRecord } from 'tatabox/formats/big-bed.ts';
import { checkBins, countInBins } from './count-in-bins.ts';
import type { Contig, Feature, Region } from './track-types.ts';

/** Records that are counted one by one; beyond them the file's zoom levels say how many there are. */
const MOST_COUNTED = 20_000;
const LONGEST_NAME = 200;

/** A bigBed file, read by ranges from its index. */
export class BigBedDocument {
  readonly format = 'bigBed';
  readonly contigs: readonly Contig[];
  readonly #file: BigBedFile;

  private constructor(file: BigBedFile) {
    this.#file = file;
    this.contigs = file.contigs;
  }

  /** @throws InputError for what is no bigBed file */
  static async open(
    file: string | Uint8Array,
    { signal }: LongWorkOptions = {},
  ): Promise<BigBedDocument> {
    throwIfAborted(signal, `opening a bigBed file`);
    return new BigBedDocument(await openBigBed(file));
  }

  /**
   * What overlaps a region, by start: up to `limit` features, and how many there are; an estimate from
   * the file's zoom levels where there are more than are worth reading.
   */
  async features(
    region: Region,
    limit: number,
    { signal }: Pick<LongWorkOptions, 'signal'> = {},
  ): Promise<{ features: readonly Feature[]; total: number }> {
    const features: Feature[] = [];
    const counted = await this.#count(region, Math.max(limit, MOST_COUNTED), signal, (record) => {
      if (features.length < limit) features.push(featureOf(record, features.length));
    });
    if (counted !== undefined) return { features, total: counted };
    const estimate = await this.#file.recordCounts(region, { bins: 1, ...signalOf(signal) });
    return { features, total: Math.max(MOST_COUNTED, Math.round(estimate[0] ?? 0)) };
  }

  /** How many features overlap each of `bins` equal parts; an estimate where there are very many. */
  async density(
    region: Region,
    bins: number,
    { signal }: Pick<LongWorkOptions, 'signal'> = {},
  ): Promise<Uint32Array> {
    checkBins(bins);
    const places: [number, number][] = [];
    const counted = await this.#count(region, MOST_COUNTED, signal, ({ start, end }) => {
      places.push([start, end]);
    });
    if (counted !== undefined || region.end - region.start < bins) {
      return countInBins(region, bins, (count) => {
        for (const [start, end] of places) count(start, end);
      });
    }
    const estimate = await this.#file.recordCounts(region, { bins, ...signalOf(signal) });
    return Uint32Array.from(estimate, (value) => Math.round(value));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Visits the records of a region; undefined where there are more than `most`. */
  async #count(
    region: Region,
    most: number,
    signal: AbortSignal | undefined,
    visit: (record: BigBedRecord) => void,
  ): Promise<number | undefined> {
    let count = 0;
    for await (const record of this.#file.stream(region)) {
      if (++count > most) return undefined;
      visit(record);
      if (count % 1024 === 0) throwIfAborted(signal, 'reading features');
    }
    return count;
  }
}

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function featureOf(record: BigBedRecord, row: number): Feature {
  const { start, end, name, strand = '.', fields } = record;
  const number = (field: string): number | undefined => {
    const value = fields[field];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const inside = (position: number): number => Math.min(end, Math.max(start, position));
  const list = (...names: string[]): readonly number[] => {
    for (const each of names) {
      const value = fields[each];
      if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
    }
    return [];
  };
  const sizes = list('blockSizes');
  const blocks = list('chromStarts', 'blockStarts').map((offset, i): [number, number] => [
    inside(start + offset),
    inside(start + offset + (sizes[i] ?? 0)),
  ]);
  const color = colorOf(fields.itemRgb ?? fields.reserved);
  const thickStart = number('thickStart');
  const thickEnd = number('thickEnd');
  return {
    row,
    start,
    end,
    name: name === undefined || name === '.' ? '' : name.slice(0, LONGEST_NAME),
    strand,
    score: number('score') ?? NaN,
    thickStart: inside(thickStart ?? start),
    thickEnd: thickStart === undefined ? end : inside(Math.max(thickStart, thickEnd ?? end)),
    blocks: blocks.length === 0 ? [[start, end]] : blocks.sort((a, b) => a[0] - b[0]),
    ...(color === undefined ? {} : { color }),
  };
}

/** Text as in BED, or one number of three bytes, as bigBed files have it. */
function colorOf(value: unknown): [number, number, number] | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 24) {
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),?$/.exec(value.trim());
  if (match === null) return undefined;
  const [red = 0, green = 0, blue = 0] = match.slice(1).map(Number);
  return Math.max(red, green, blue) > 255 ? undefined : [red, green, blue];
}
