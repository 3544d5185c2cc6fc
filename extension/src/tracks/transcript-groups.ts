import type { GffAttributes } from 'tatabox/formats/gff.ts';
import { transcriptPart } from 'tatabox/formats/transcript-blocks.ts';
import { wholeColumn } from './growing-column.ts';

/** Which records are drawn together. */
export interface FeatureGroups {
  /** The record that a feature is named after: the transcript's own, else the first of its parts. */
  readonly row: Uint32Array;
  /** Where the records of each feature begin in `members`; one more for the end. */
  readonly first: Uint32Array;
  /** Records, by feature. */
  readonly members: Uint32Array;
}

/** What a record is to its transcript, as the numbers that {@link TranscriptGroups.parts} holds. */
export const PARTS = ['exon', 'coding', 'stopCodon', 'untranslated'] as const;

/** Features of GFF3 that stand for the sequence itself. */
const SEQUENCES = /^(region|chromosome|contig|scaffold|supercontig|biological_region)$/;
const TRANSCRIPTS = /^(transcript|mRNA)$/;

interface Group {
  readonly id: number;
  /** Its own record; undefined while only parts were seen. */
  row: number | undefined;
  firstPart: number | undefined;
  /** Another record names it as its parent, or as its gene. */
  isParent: boolean;
}

/**
 * Joins the records of a GTF or GFF3 file to what is drawn as one feature: the exons and coding parts of
 * a transcript. A gene is drawn where it has no transcripts; a record that belongs to nothing is a
 * feature of its own. Parents that are missing are no error here: a part of a file can be looked at, too.
 */
export class TranscriptGroups {
  readonly #isGtf: boolean;
  readonly #groups = new Map<string, Group>();
  readonly #list: Group[] = [];
  /** Pairs of a group and its part. */
  readonly #owner = wholeColumn();
  readonly #part = wholeColumn();
  /** Records without a group of their own, drawn unless `dependsOn` is. */
  readonly #single = wholeColumn();
  readonly #dependsOn: (Group | undefined)[] = [];

  constructor(isGtf: boolean) {
    this.#isGtf = isGtf;
  }

  /**
   * @param place what groups must share: the contig, in GTF files the strand, too
   * @returns number of its part in {@link PARTS}, from 1; 0 for other records
   */
  add(row: number, place: string, type: string, attributes: GffAttributes): number {
    const part = transcriptPart(type);
    if (this.#isGtf) this.#addGtf(row, place, type, attributes, part !== undefined);
    else this.#addGff3(row, place, type, attributes, part !== undefined);
    return part === undefined ? 0 : PARTS.indexOf(part) + 1;
  }

  finish(): FeatureGroups {
    const owner = this.#owner.finish();
    const part = this.#part.finish();
    const single = this.#single.finish();
    const counts = new Uint32Array(this.#list.length);
    for (const id of owner) counts[id] = (counts[id] ?? 0) + 1;
    const rows = wholeColumn();
    const first = wholeColumn();
    const place = new Uint32Array(this.#list.length);
    let members = 0;
    for (const group of this.#list) {
      const count = counts[group.id] ?? 0;
      const row = group.row ?? group.firstPart;
      if (row === undefined || (count === 0 && group.isParent)) continue;
      rows.push(row);
      first.push(members);
      place[group.id] = members;
      members += Math.max(1, count);
    }
    const alone = single.filter((_, i) => !this.#isDrawn(this.#dependsOn[i], counts));
    for (const row of alone) {
      rows.push(row);
      first.push(members++);
    }
    first.push(members);
    const list = new Uint32Array(members);
    const row = rows.finish();
    const bounds = first.finish();
    for (let i = 0; i < row.length; i++) list[bounds[i] ?? 0] = row[i] ?? 0;
    for (let i = 0; i < owner.length; i++) {
      const id = owner[i] ?? 0;
      list[place[id] ?? 0] = part[i] ?? 0;
      place[id] = (place[id] ?? 0) + 1;
    }
    return { row, first: bounds, members: list };
  }

  #isDrawn(group: Group | undefined, counts: Uint32Array): boolean {
    return group !== undefined && (group.row !== undefined || (counts[group.id] ?? 0) > 0);
  }

  #addGtf(
    row: number,
    place: string,
    type: string,
    attributes: GffAttributes,
    isPart: boolean,
  ): void {
    const id = attributes.transcript_id?.[0] ?? '';
    const gene = attributes.gene_id?.[0] ?? '';
    if (type === 'gene' && gene !== '') {
      this.#group(`${place}\tgene\t${gene}`).row ??= row;
      return;
    }
    if (id === '' || !(isPart || TRANSCRIPTS.test(type))) {
      this.#alone(row, id === '' ? undefined : this.#group(`${place}\t${id}`));
      return;
    }
    if (gene !== '') this.#group(`${place}\tgene\t${gene}`).isParent = true;
    const group = this.#group(`${place}\t${id}`);
    if (isPart) this.#join(group, row);
    else group.row ??= row;
  }

  #addGff3(
    row: number,
    place: string,
    type: string,
    attributes: GffAttributes,
    isPart: boolean,
  ): void {
    if (SEQUENCES.test(type)) return;
    const parents = attributes.Parent ?? [];
    const id = attributes.ID?.[0] ?? '';
    if (isPart && parents.length > 0) {
      for (const parent of parents) this.#join(this.#group(`${place}\t${parent}`), row);
      return;
    }
    const [parent] = parents;
    const above = parent === undefined ? undefined : this.#group(`${place}\t${parent}`);
    if (id === '') {
      this.#alone(row, above);
      return;
    }
    for (const each of parents) this.#group(`${place}\t${each}`).isParent = true;
    const group = this.#group(`${place}\t${id}`);
    // A feature may lie on several lines; the first one names it.
    if (isPart || group.row !== undefined) {
      if (group.row !== undefined && !isPart && group.firstPart === undefined) {
        this.#join(group, group.row);
      }
      this.#join(group, row);
    }
    group.row ??= row;
  }

  #alone(row: number, dependsOn: Group | undefined): void {
    this.#single.push(row);
    this.#dependsOn.push(dependsOn);
  }

  #join(group: Group, row: number): void {
    group.firstPart ??= row;
    this.#owner.push(group.id);
    this.#part.push(row);
  }

  #group(key: string): Group {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { id: this.#list.length, row: undefined, firstPart: undefined, isParent: false };
      // The key is a piece of the text of many lines, which it would keep alive.
      this.#groups.set(Buffer.from(key).toString(), group);
      this.#list.push(group);
    }
    return group;
  }
}
