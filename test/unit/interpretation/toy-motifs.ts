import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { Motif } from '../../../kernel-lib/src/formats/motifs.ts';

/** A motif from rows of four probabilities. */
export function motifOf(id: string, rows: readonly (readonly number[])[], sites = 20): Motif {
  return {
    id,
    name: id,
    length: rows.length,
    matrix: Float64Array.from(rows.flat()),
    sites,
  };
}

/** A motif that is sure of its consensus. */
export function consensusMotif(id: string, consensus: string, sites = 20): Motif {
  const rows = [...consensus].map((letter) => [...'ACGT'].map((base) => (base === letter ? 1 : 0)));
  return motifOf(id, rows, sites);
}

export function randomMotif(length: number, seed: number): Motif {
  const random = new Random(seed);
  const rows = Array.from({ length }, () => {
    const row = Array.from({ length: 4 }, () => random.uniform() ** 3 + 0.01);
    const sum = row.reduce((a, b) => a + b);
    return row.map((p) => p / sum);
  });
  return motifOf(`random ${seed}`, rows);
}
