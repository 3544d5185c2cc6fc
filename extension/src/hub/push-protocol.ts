/** A file of the plan of a push, as the page shows it. */
export interface ShownFile {
  readonly path: string;
  readonly size: number;
  readonly large: boolean;
  readonly state: 'new' | 'changed' | 'same';
}

/** The plan of a push, as the page shows it. */
export interface ShownPlan {
  readonly repo: string;
  /** The model folder, as the workspace names it. */
  readonly folder: string;
  readonly endpoint: string;
  readonly account: string;
  readonly exists: boolean;
  /** How the model on the Hub is; undefined for one that is still to be made. */
  readonly private?: boolean;
  readonly files: readonly ShownFile[];
  /** Files in all; the list may hold the first of them only. */
  readonly fileCount: number;
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly leftOutCount: number;
  readonly sendBytes: number;
  /** The model card; cut where it is longer than people read. */
  readonly card: string;
  /** Whether an editor holds changes of the card that are not saved, and so would not be sent. */
  readonly cardUnsaved: boolean;
}

/** What became of a push. */
export interface ShownResult {
  readonly url: string;
  readonly changed: boolean;
  readonly sent: number;
  readonly skipped: number;
  /** Files that somebody else changed meanwhile. */
  readonly replaced: readonly string[];
}

/** How far a push is. */
export interface ShownProgress {
  readonly text: string;
  /** 0 to 1; null before it is known. */
  readonly fraction: number | null;
}

/** What the page of a push and the extension host say to each other. */
export interface PushProtocol {
  readonly requests: {
    readonly plan: { params: Record<string, never>; result: ShownPlan };
    /** Undefined where the user thought better of it. */
    readonly push: {
      params: { private: boolean; message: string };
      result: ShownResult | undefined;
    };
    readonly editCard: { params: Record<string, never>; result: undefined };
    readonly openPage: { params: Record<string, never>; result: undefined };
  };
  readonly events: {
    readonly progress: ShownProgress;
    /** What the page is about, to be kept for a reload of the window. */
    readonly target: Pick<PushPageState, 'folder' | 'repo'>;
  };
}

/** What the page keeps while it is hidden, and by which it is made again when the window reloads. */
export interface PushPageState {
  readonly folder: string;
  readonly repo: string;
  readonly private?: boolean;
  readonly message?: string;
  readonly scroll?: number;
}
