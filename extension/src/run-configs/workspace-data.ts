/** What a file of a workspace may be for a run config. */
export type DataKind =
  'fasta' | 'bed' | 'table' | 'annotation' | 'sequences' | 'tokenizer' | 'model' | 'links';

const NAMES: Readonly<Record<DataKind, RegExp>> = {
  fasta: /\.(fa|fasta|fna|ffn)(\.b?gz)?$/i,
  bed: /\.bed\d*(\.b?gz)?$/i,
  table: /\.(tsv|csv|txt)(\.gz)?$/i,
  annotation: /\.(gtf|gff3?)(\.b?gz)?$/i,
  sequences: /\.(fa|fasta|fna|ffn|txt)(\.b?gz)?$/i,
  tokenizer: /(^|\/)tokenizer\.json$/i,
  model: /\.safetensors$/i,
  links: /\.(tsv|csv)(\.gz)?$/i,
};

/** Patterns of VS Code's file search that find all data files. */
export const DATA_GLOB =
  '**/*.{fa,fasta,fna,ffn,bed,tsv,csv,txt,gtf,gff,gff3,gz,bgz,safetensors,json}';

/** The files of a kind, those with short paths first. */
export function filesOfKind(files: readonly string[], kind: DataKind): string[] {
  return files
    .filter((file) => NAMES[kind].test(file))
    .sort((a, b) => a.split('/').length - b.split('/').length || a.localeCompare(b));
}
