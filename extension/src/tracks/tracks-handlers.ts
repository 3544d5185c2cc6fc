import path from 'node:path';
import * as vscode from 'vscode';
import { UsageError } from 'tatabox/core/errors.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import { isOnDisk } from '../host/file-content.ts';
import { genomeOf } from '../host/genome.ts';
import { withLongWork } from '../host/long-work.ts';
import type { Handlers, Page } from '../host/webview-channel.ts';
import { reportInvalidLines } from '../languages/register.ts';
import type { IntervalDocument } from './interval-document.ts';
import type { TracksDocument } from './tracks-document.ts';
import { exportRows, writeRows, type ExportedRows } from './tracks-export.ts';
import { locate } from './tracks-locate.ts';
import type { OpenedFile, Summary, TracksProtocol } from './tracks-protocol.ts';
import { noSuchPlace, positionOf, rowDetails, rowNamed } from './tracks-rows.ts';
import type { TrackSource } from './tracks-source.ts';

/** Rows that a page may ask for at once. */
const MOST_ROWS = 2000;

/** Answers what the page of a track file asks. */
export function tracksHandlers(
  document: TracksDocument,
  page: () => Page<TracksProtocol>,
): Handlers<TracksProtocol> {
  /** Rows of the table as it is filtered; of the whole file until it is. */
  let count = -1;
  const rows = (): IntervalDocument => {
    const { opened } = document.main;
    if (opened.kind === 'intervals') return opened.document;
    throw new UsageError({
      where: document.name,
      found: `a ${opened.document.format} file, which is read by ranges`,
      expected: 'a file of lines',
      fix: 'See it in the tab Tracks.',
    });
  };
  const shownRows = (): number => (count < 0 ? rows().rows : count);

  return {
    async open({ again }) {
      const source = await document.open(again, (event) => {
        page().tell('progress', event);
      });
      count = -1;
      if (source.opened.kind === 'intervals') {
        const { invalid, invalidCount } = source.opened.document;
        reportInvalidLines(document.uri, invalid, invalidCount);
      }
      await document.openAdded();
      return openedFile(document, source);
    },
    stop() {
      document.stop();
      return null;
    },
    async view(view, signal) {
      const found = await rows().view(view, { signal });
      count = found.count;
      return found;
    },
    cells({ from, to }) {
      return rows().cells(Math.max(0, from), Math.min(to, from + MOST_ROWS, shownRows()));
    },
    row({ position }) {
      return rowDetails(rows(), rows().rowOfView(position), position);
    },
    async find({ row }, signal) {
      const position = await positionOf(rows(), row, shownRows(), signal);
      return { position, details: rowDetails(rows(), row, position) };
    },
    async locate({ text, chrom }, signal) {
      const { contigs, names, opened } = document.main;
      const length = await document.lengthOf(chrom);
      const genome = await document.genome().catch(() => undefined);
      const lengthOf = (name: string): number =>
        Math.max(
          names.lengthOf(name),
          genome?.names.lengthOf(name) ?? 0,
          name === chrom ? length : 1,
        );
      const region = locate(text, { contigs, names, chrom, lengthOf });
      if (region !== undefined) return region;
      if (opened.kind !== 'intervals') throw noSuchPlace(text);
      const row = await rowNamed(opened.document, text, signal);
      const feature = opened.document.row(row);
      const margin = Math.max(50, Math.round((feature.end - feature.start) * 0.2));
      return {
        chrom: feature.chrom,
        start: Math.max(0, feature.start - margin),
        end: Math.min(lengthOf(feature.chrom), feature.end + margin),
        row,
      };
    },
    async draw({ track, region, bins }, signal) {
      const source = document.track(track);
      return source === undefined ? { kind: 'absent' } : source.draw(region, bins, signal);
    },
    async bases(region) {
      const genome = await document.genome().catch(() => undefined);
      return (await genome?.bases(region)) ?? '';
    },
    async summary(_, signal): Promise<Summary> {
      const { opened, contigs } = document.main;
      if (opened.kind === 'intervals') {
        return { kind: 'intervals', summary: await opened.document.summary({ signal }) };
      }
      if (opened.kind === 'bigBed') return { kind: 'bigBed', contigs: contigs.slice(0, 2000) };
      const { min, max, mean, std, basesCovered } = await opened.document.statistics();
      const bases = contigs.reduce((sum, { length }) => sum + length, 0);
      const summary = { min, max, mean, std, basesCovered, bases, contigs: contigs.slice(0, 2000) };
      return { kind: 'signal', summary };
    },
    async showText({ line }) {
      const at = new vscode.Position(Math.max(0, line - 1), 0);
      await vscode.window.showTextDocument(document.uri, { selection: new vscode.Range(at, at) });
      return null;
    },
    async showSequence(region) {
      const genome = genomeOf(document.uri);
      if (genome === undefined) await vscode.commands.executeCommand('tatabox.chooseGenome');
      else {
        const place = await document.onGenome(region);
        await vscode.commands.executeCommand('tatabox.showInGenome', { genome, place });
      }
      return null;
    },
    async chooseGenome() {
      await vscode.commands.executeCommand('tatabox.chooseGenome');
      return null;
    },
    async copy({ text, what }) {
      await vscode.env.clipboard.writeText(text);
      vscode.window.setStatusBarMessage(`$(check) Copied ${what}`, 2500);
      return null;
    },
    async exportRows() {
      const from = rows();
      const total = shownRows();
      const plain = document.name.replace(/\.b?gz$/i, '');
      const { name, ext } = path.parse(plain);
      const target = await vscode.window.showSaveDialog({
        title: `Export ${total.toLocaleString('en')} rows`,
        saveLabel: 'Export',
        defaultUri: vscode.Uri.joinPath(document.uri, '..', `${name}.filtered${ext}`),
      });
      if (target === undefined) return null;
      if (target.toString() === document.uri.toString()) {
        throw new UsageError({
          where: document.name,
          found: 'the file that is shown',
          expected: 'another one to write the rows to',
        });
      }
      const rowsToWrite: ExportedRows = {
        source: await document.source(),
        count: total,
        line: (position) => from.row(from.rowOfView(position)).line,
        cells: (start, end) => from.cells(start, end),
      };
      await withLongWork<unknown>(
        { title: `Exporting to ${path.basename(target.fsPath)}` },
        (work) =>
          isOnDisk(target)
            ? exportRows(target.fsPath, rowsToWrite, work)
            : exportElsewhere(target, rowsToWrite, work),
      );
      const open = 'Open';
      const message = `${total.toLocaleString('en')} rows written to ${path.basename(target.fsPath)}.`;
      void vscode.window.showInformationMessage(message, open).then((choice) => {
        if (choice === open) void vscode.window.showTextDocument(target);
      });
      return null;
    },
    async addTrack() {
      await vscode.commands.executeCommand('tatabox.tracks.addTrack');
      return null;
    },
    async arrange({ tracks }) {
      await document.arrange(tracks);
      page().tell('info', await document.info());
      return null;
    },
  };
}

/** Writes rows to a file system that takes whole files. */
async function exportElsewhere(
  target: vscode.Uri,
  rows: ExportedRows,
  work: LongWorkOptions,
): Promise<void> {
  const parts: string[] = [];
  const write = (text: string): Promise<unknown> => Promise.resolve(parts.push(text));
  await writeRows({ write }, rows, work);
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(parts.join('')));
}

async function openedFile(document: TracksDocument, source: TrackSource): Promise<OpenedFile> {
  const { opened, kind, format } = source;
  const table =
    opened.kind === 'intervals'
      ? {
          columns: opened.document.columns,
          rows: opened.document.rows,
          invalidCount: opened.document.invalidCount,
          invalid: opened.document.invalid,
        }
      : { columns: [], rows: 0, invalidCount: 0, invalid: [] };
  return {
    ...(await document.info()),
    ...table,
    name: document.name,
    kind,
    format,
    isText: kind === 'intervals' && !/\.b?gz$/i.test(document.name),
  };
}
