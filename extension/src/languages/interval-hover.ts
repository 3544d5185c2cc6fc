import * as vscode from 'vscode';
import type { Strand } from 'tatabox/sequence/interval.ts';
import { errorText } from '../host/error-text.ts';
import { genomeFile, genomeOf } from '../host/genome.ts';
import type { Column, Region } from '../tracks/track-types.ts';
import { describeLine, type DescribedLine } from './describe-line.ts';
import type { GenomeSequences } from './genome-sequences.ts';
import type { IntervalTexts } from './interval-texts.ts';
import { markdownText } from './markdown-text.ts';

/** Letters of a line at most. */
const LONGEST_LINE = 100_000;
/** Letters of the sequence that are shown, and those of a row. */
const LETTERS = 120;
const ROW = 60;
const COMMAND = 'tatabox.showInGenome';

/** Says what a line of a BED, GTF or GFF3 text means, with its sequence where a genome is set. */
export class IntervalHover implements vscode.HoverProvider {
  readonly #texts: IntervalTexts;
  readonly #genomes: GenomeSequences;

  constructor(texts: IntervalTexts, genomes: GenomeSequences) {
    this.#texts = texts;
    this.#genomes = genomes;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const { text, range } = document.lineAt(position.line);
    if (text.length > LONGEST_LINE) return undefined;
    const described = describeLine(this.#texts.format(document), text);
    if (described === undefined) return undefined;
    const column = text.slice(0, position.character).split('\t').length - 1;
    const parts = [new vscode.MarkdownString(lineText(described, described.cells[column]?.column))];
    const sequence = await this.#sequence(document.uri, described.record);
    if (token.isCancellationRequested) return undefined;
    parts.push(sequence);
    return new vscode.Hover(parts, range);
  }

  async #sequence(
    uri: vscode.Uri,
    record: Region & { readonly strand?: Strand },
  ): Promise<vscode.MarkdownString> {
    const genome = genomeOf(uri);
    if (genome === undefined) {
      return commandText(
        '[Choose genome FASTA…](command:tatabox.chooseGenome) to see the sequence here',
      );
    }
    if (record.end <= record.start) return new vscode.MarkdownString('A place between two bases');
    try {
      const { letters, chrom } = await this.#genomes.letters(genomeFile(genome), record, LETTERS);
      const { start, end } = record;
      const rows = letters.match(new RegExp(`.{1,${String(ROW)}}`, 'g')) ?? [];
      const rest = end - start > letters.length ? '\n…' : '';
      const place = { name: chrom, start, end };
      const args = encodeURIComponent(JSON.stringify([{ genome, place }]));
      return commandText(
        `\`\`\`text\n${rows.join('\n')}${rest}\n\`\`\`\n[Show in genome](command:${COMMAND}?${args})`,
      );
    } catch (error) {
      return new vscode.MarkdownString(markdownText(errorText(error)));
    }
  }
}

/** Markdown of ours with commands; nothing from a file is in it but letters of bases. */
function commandText(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text);
  markdown.isTrusted = { enabledCommands: [COMMAND, 'tatabox.chooseGenome'] };
  return markdown;
}

function lineText({ record, length, cells }: DescribedLine, here: Column | undefined): string {
  const { chrom, start, end, strand = '.', mate } = record;
  const region = (each: Region): string =>
    `${markdownText(each.chrom)}:${(each.start + 1).toLocaleString('en')}–${each.end.toLocaleString('en')}`;
  const bases = `${length.toLocaleString('en')} ${length === 1 ? 'base' : 'bases'}`;
  const side = strand === '+' ? ', + strand' : strand === '-' ? ', − strand' : '';
  const head =
    end > start
      ? `**${region(record)}** (${bases}${side})`
      : `**${markdownText(chrom)}**, between bases ${start.toLocaleString('en')} and ${(start + 1).toLocaleString('en')}`;
  const other = mate === undefined ? '' : `\n\nOther end: ${region(mate)}`;
  const now = here === undefined ? '' : `\n\n_${here.name}_: ${here.description}`;
  const rows = cells
    .filter(({ column }) => !/^(chrom|seqname|seqid|start|end|strand)$/.test(column.name))
    .slice(0, 20)
    .map(({ column, value }) => `| ${markdownText(column.name)} | ${markdownText(value)} |`);
  const table =
    rows.length === 0 ? '' : `\n\n| Column | Value |\n| :-- | :-- |\n${rows.join('\n')}`;
  return `${head}${other}${now}${table}`;
}
