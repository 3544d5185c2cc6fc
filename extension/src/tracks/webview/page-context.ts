import type { Host } from '../../webviews/host.ts';
import type { Feature, Region } from '../track-types.ts';
import type { OpenedFile, RowDetails, TracksProtocol, ViewInfo } from '../tracks-protocol.ts';
import type { PageState, TabName } from './page-state.ts';

/** What the parts of the page share. */
export interface PageContext {
  readonly host: Host<TracksProtocol>;
  readonly file: OpenedFile;
  /** Tracks, contigs and genome as they are now. */
  info(): ViewInfo;
  state(): PageState;
  keep(change: PageState): void;
  openTab(tab: TabName): void;
  /** Shows an error of something that the user did. */
  complain(error: unknown): void;
  /** A row of the table was chosen. */
  selectRow(details: RowDetails): void;
  /** A feature was chosen in a track. */
  selectFeature(track: string, chrom: string, feature: Feature): void;
  /** Shows a region in the tracks, with some room around it. */
  showRegion(region: Region): void;
}
