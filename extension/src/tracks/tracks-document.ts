import path from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../host/error-text.ts';
import { fileContent, isOnDisk, readWhole } from '../host/file-content.ts';
import { genomeFile, genomeOf } from '../host/genome.ts';
import type { LongWorkOptions } from 'tatabox/core/progress.ts';
import type { Contig, Region } from './track-types.ts';
import { TracksGenome } from './tracks-genome.ts';
import type { TrackInfo, TrackSettings, ViewInfo } from './tracks-protocol.ts';
import { TrackSource, trackKind } from './tracks-source.ts';
import { watchFile } from './tracks-watch.ts';

/** Contigs that are sent to the page; others are reached by their name. */
const MOST_CONTIGS = 2000;
/** Files whose added tracks are remembered. */
const MOST_REMEMBERED = 50;
const MEMENTO = 'tatabox.tracks';

interface AddedTrack {
  readonly source?: TrackSource;
  readonly problem?: string;
  /** How often the file was read, so that the page knows when to ask anew. */
  readonly reads: number;
}

/** A track file in an editor, with the tracks and the genome shown beside it. */
export class TracksDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly #memento: vscode.Memento;
  readonly #added = new Map<string, AddedTrack>();
  readonly #watches = new Map<string, vscode.Disposable>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** The file of an added track changed and was read again. */
  readonly onDidChangeTracks = this.#changed.event;
  #settings: readonly TrackSettings[];
  #opening: { readonly abort: AbortController; readonly main: Promise<TrackSource> } | undefined;
  #main: TrackSource | undefined;
  #genome: { readonly uri: string; readonly opened: Promise<TracksGenome> } | undefined;
  #isDisposed = false;

  constructor(uri: vscode.Uri, memento: vscode.Memento) {
    this.uri = uri;
    this.#memento = memento;
    const remembered = memento.get<Record<string, TrackSettings[]>>(MEMENTO, {})[this.id] ?? [];
    this.#settings = remembered.some(({ id }) => id === this.id)
      ? remembered
      : [{ id: this.id }, ...remembered];
  }

  get id(): string {
    return this.uri.toString();
  }

  get name(): string {
    return path.posix.basename(this.uri.path);
  }

  /** The open file, which {@link TracksDocument.open} must have opened. */
  get main(): TrackSource {
    if (this.#main === undefined) throw new Error(`${this.name} is not open yet`);
    return this.#main;
  }

  /** The file on disk, or its content where it does not lie on one. */
  async source(): Promise<string | Uint8Array> {
    return fileContent(this.uri);
  }

  /** Opens the file once; `again` reads it anew. */
  async open(again: boolean, progress: LongWorkOptions['progress']): Promise<TrackSource> {
    if (again) await this.#closeMain();
    if (this.#opening === undefined) {
      const abort = new AbortController();
      const main = openUri(this.uri, {
        signal: abort.signal,
        ...(progress === undefined ? {} : { progress }),
      });
      this.#opening = { abort, main };
    }
    const { main } = this.#opening;
    try {
      const source = await main;
      // Meanwhile it may have been closed, or begun anew.
      if (this.#opening?.main !== main && !this.#isDisposed)
        return await this.open(false, progress);
      this.#main = source;
      return source;
    } catch (error) {
      if (this.#opening?.main === main) this.#opening = undefined;
      throw error;
    }
  }

  /** Stops the opening. */
  stop(): void {
    this.#opening?.abort.abort();
  }

  /** Opens the tracks that were added and are not open yet. */
  async openAdded(): Promise<void> {
    const wanted = this.#settings.filter(({ id }) => id !== this.id && !this.#added.has(id));
    await Promise.all(wanted.map(({ id }) => this.#openAdded(id, 1)));
  }

  /** Adds files as tracks below the others. */
  async add(uris: readonly vscode.Uri[]): Promise<void> {
    const known = new Set(this.#settings.map(({ id }) => id));
    const fresh = uris.map((uri) => uri.toString()).filter((id) => !known.has(id));
    await this.arrange([...this.#settings, ...fresh.map((id) => ({ id }))]);
    await this.openAdded();
  }

  /** Takes order, heights and axes; tracks that are missing are closed. */
  async arrange(settings: readonly TrackSettings[]): Promise<void> {
    const ids = new Set(settings.map(({ id }) => id));
    this.#settings = ids.has(this.id) ? settings : [{ id: this.id }, ...settings];
    for (const [id, { source }] of this.#added) {
      if (ids.has(id)) continue;
      this.#added.delete(id);
      this.#watches.get(id)?.dispose();
      this.#watches.delete(id);
      await source?.close();
    }
    const all = this.#memento.get<Record<string, readonly TrackSettings[]>>(MEMENTO, {});
    const others = Object.entries(all).filter(([id]) => id !== this.id);
    await this.#memento.update(
      MEMENTO,
      Object.fromEntries([...others.slice(1 - MOST_REMEMBERED), [this.id, this.#settings]]),
    );
  }

  /** An open track; undefined for one that is not there or could not be opened. */
  track(id: string): TrackSource | undefined {
    return id === this.id ? this.#main : this.#added.get(id)?.source;
  }

  /** The genome of the setting, opened once; undefined where none is set. */
  async genome(): Promise<TracksGenome | undefined> {
    const uri = genomeOf(this.uri);
    const id = uri?.toString() ?? '';
    if (this.#genome !== undefined && this.#genome.uri !== id) await this.#closeGenome();
    if (uri === undefined) return undefined;
    this.#genome ??= { uri: id, opened: TracksGenome.open(genomeFile(uri)) };
    return this.#genome.opened;
  }

  /** Forgets a genome that could not be opened, to try again. */
  async #closeGenome(): Promise<void> {
    const { opened } = this.#genome ?? {};
    this.#genome = undefined;
    await opened?.then(
      (genome) => genome.close(),
      () => undefined,
    );
  }

  /** Length of a contig: the genome's where that is known. */
  async lengthOf(chrom: string): Promise<number> {
    const genome = await this.genome().catch(() => undefined);
    return Math.max(this.main.names.lengthOf(chrom), genome?.names.lengthOf(chrom) ?? 0, 1);
  }

  /** A region by the name that the genome has for its contig. */
  async onGenome({
    chrom,
    start,
    end,
  }: Region): Promise<{ name: string; start: number; end: number }> {
    const genome = await this.genome().catch(() => undefined);
    return { name: genome?.names.find(chrom) ?? chrom, start, end };
  }

  async info(): Promise<ViewInfo> {
    const uri = genomeOf(this.uri);
    const opened = await this.genome().then(
      (genome) => ({ genome, problem: undefined }),
      (error: unknown) => ({ genome: undefined, problem: errorText(error) }),
    );
    const own = this.main.contigs.slice(0, MOST_CONTIGS);
    const contigs = own.map(({ name, length }): Contig => ({
      name,
      length: Math.max(1, length, opened.genome?.names.lengthOf(name) ?? 0),
    }));
    return {
      tracks: this.#settings.map((settings) => this.#trackInfo(settings)),
      contigs,
      contigCount: this.main.contigs.length,
      baseColors: vscode.workspace
        .getConfiguration('tatabox', this.uri)
        .get<ViewInfo['baseColors']>('baseColors', 'theme'),
      ...(uri === undefined
        ? {}
        : {
            genome: {
              name: path.posix.basename(uri.path),
              ...(opened.problem === undefined ? {} : { problem: opened.problem }),
            },
          }),
    };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.stop();
    void this.#closeMain();
    void this.#closeGenome();
    for (const { source } of this.#added.values()) void source?.close();
    this.#added.clear();
    for (const watch of this.#watches.values()) watch.dispose();
    this.#changed.dispose();
  }

  async #openAdded(id: string, reads: number): Promise<void> {
    const uri = vscode.Uri.parse(id);
    const old = this.#added.get(id);
    this.#added.set(id, { reads });
    await old?.source?.close();
    const opened = await openUri(uri, {}).then(
      (source) => ({ source, reads }),
      (error: unknown) => ({ problem: errorText(error), reads }),
    );
    // It may have been removed meanwhile, or the file closed.
    if (this.#isDisposed || this.#added.get(id)?.reads !== reads) {
      if ('source' in opened) await opened.source.close();
      return;
    }
    this.#added.set(id, opened);
    if (this.#watches.has(id)) return;
    const onChange = (): void => {
      const last = this.#added.get(id);
      if (last === undefined) return;
      void this.#openAdded(id, last.reads + 1).then(() => {
        if (!this.#isDisposed) this.#changed.fire();
      });
    };
    this.#watches.set(id, watchFile(uri, { onChange }));
  }

  #trackInfo(settings: TrackSettings): TrackInfo {
    const name = path.posix.basename(vscode.Uri.parse(settings.id).path);
    const isMain = settings.id === this.id;
    const added: AddedTrack = this.#added.get(settings.id) ?? { reads: 0 };
    const source = isMain ? this.#main : added.source;
    const { problem, reads } = added;
    return {
      ...settings,
      name,
      kind: source?.kind ?? trackKind(name),
      format: source?.format ?? '',
      isMain,
      reads,
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async #closeMain(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#main = undefined;
    opening?.abort.abort();
    await opening?.main.then(
      (source) => source.close(),
      () => undefined,
    );
  }
}

async function openUri(uri: vscode.Uri, options: LongWorkOptions): Promise<TrackSource> {
  if (isOnDisk(uri)) return TrackSource.open(uri.fsPath, undefined, options);
  return TrackSource.open(path.posix.basename(uri.path), await readWhole(uri), options);
}
