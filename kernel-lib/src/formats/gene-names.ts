import type { GffAttributes } from './gff.ts';

/** The first value of an attribute; undefined where there is none, or an empty one (RefSeq). */
export function firstValue(attributes: GffAttributes, name: string): string | undefined {
  const value = attributes[name]?.[0];
  return value === '' ? undefined : value;
}

function firstOf(attributes: GffAttributes, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = firstValue(attributes, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

interface Names {
  readonly name?: string;
  readonly biotype?: string;
}

function namesOf(
  attributes: GffAttributes,
  nameKeys: readonly string[],
  biotypeKeys: readonly string[],
): Names {
  const name = firstOf(attributes, nameKeys);
  const biotype = firstOf(attributes, biotypeKeys);
  return {
    ...(name === undefined ? {} : { name }),
    ...(biotype === undefined ? {} : { biotype }),
  };
}

/** Name and biotype of a gene under the names that Ensembl, GENCODE, RefSeq and SGD give them. */
export function geneNames(attributes: GffAttributes): Names {
  return namesOf(
    attributes,
    ['gene_name', 'gene', 'Name'],
    ['gene_biotype', 'gene_type', 'biotype'],
  );
}

/** Name and biotype of a transcript under the names that Ensembl, GENCODE, RefSeq and SGD give them. */
export function transcriptNames(attributes: GffAttributes): Names {
  return namesOf(
    attributes,
    ['transcript_name', 'Name'],
    ['transcript_biotype', 'transcript_type', 'biotype'],
  );
}
