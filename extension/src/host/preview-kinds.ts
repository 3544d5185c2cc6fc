/** A custom editor of ours. */
export interface PreviewKind {
  readonly viewType: string;
  /** What it shows, as told to the user. */
  readonly shows: string;
  readonly pattern: RegExp;
}

/** The previews, by the names of the files that they show. */
export const PREVIEW_KINDS: readonly PreviewKind[] = [
  {
    viewType: 'tatabox.fasta',
    shows: 'FASTA (.fa .fasta .fna .faa .ffn .frn, also .gz)',
    pattern: /\.(fa|fasta|fna|faa|ffn|frn)(\.b?gz)?$/i,
  },
  {
    viewType: 'tatabox.tracks',
    shows: 'tracks (.bed .narrowPeak .broadPeak .bedGraph .bedpe .gtf .gff3 .bw .bb)',
    pattern:
      /\.(bed(|3|4|5|6|9|12)|narrowPeak|broadPeak|gappedPeak|bedGraph|bdg|bedpe|gtf|gff3?)(\.b?gz)?$|\.(bw|bigwig|bb|bigbed)$/i,
  },
  { viewType: 'tatabox.model', shows: 'models (.safetensors)', pattern: /\.safetensors$/i },
];

/** The preview that shows a file of this name; undefined where none does. */
export function previewOf(name: string): PreviewKind | undefined {
  return PREVIEW_KINDS.find(({ pattern }) => pattern.test(name));
}
