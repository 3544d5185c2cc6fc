/** A user of the loopback Hub; the key in `users` is the token. */
export interface HubUser {
  readonly name: string;
  readonly organizations?: readonly string[];
  /** Default `write`. */
  readonly role?: 'read' | 'write';
}

/** What goes wrong on demand; the first rule that matches a request is used and counted down. */
export interface HubFault {
  method?: string;
  /** Part of the decoded path, or a pattern of it. */
  path?: string | RegExp;
  /** Requests that match and are still answered properly; default 0. */
  skip?: number;
  /** Requests that the rule then spoils; default 1. */
  times?: number;
  /** Answers with this status (and `headers`, `body`) instead of handling the request. */
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Waits before it answers. */
  delayMilliseconds?: number;
  /** Breaks the connection without handling the request. */
  disconnect?: boolean;
  /** Breaks the connection in the middle of the headers of the answer. */
  cutHeader?: boolean;
  /** Handles the request, then breaks the connection without an answer. */
  loseAnswer?: boolean;
  /** Breaks the connection after this many bytes of the body. */
  truncateAt?: number;
  /** Ends the body properly after this many bytes. */
  shortenTo?: number;
  /** Flips one bit of the body. */
  corrupt?: boolean;
  /** Sends the body in pieces of this size, with `chunkMilliseconds` (default 10) between them. */
  chunkBytes?: number;
  chunkMilliseconds?: number;
  /** Replaces the body. */
  rewrite?: (body: Buffer) => Buffer | string;
}

export interface HubServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Users by token, beside the user `tester` of the organization `lab` with a random token. */
  readonly users?: Readonly<Record<string, HubUser>>;
  readonly faults?: readonly HubFault[];
  /** Entries a page of listings; default 1000. */
  readonly pageSize?: number;
  /** Files above this are stored as large files whatever their name; default 10,000,000. */
  readonly largeFileBytes?: number;
  /** Large files above this are uploaded in parts of this size; default never. */
  readonly multipartBytes?: number;
}

export interface HubCommit {
  readonly oid: string;
  readonly parent: string | null;
  readonly title: string;
  readonly description: string;
  readonly date: string;
  readonly files: Map<string, { data: Buffer; large: boolean }>;
}

export interface HubRepo {
  readonly name: string;
  private: boolean;
  gated: boolean;
  /** Branch, tag or pull request → commit. */
  readonly heads: Map<string, string>;
  readonly commits: Map<string, HubCommit>;
  pullRequests: number;
  /** As lists show them; default 0. */
  downloads?: number;
  likes?: number;
}

/** A request as it was seen; it holds no token. */
export interface HubRequest {
  readonly host: 'hub' | 'storage';
  readonly method: string;
  readonly path: string;
  readonly authorization: 'none' | 'valid' | 'unknown' | string;
  readonly user: string | null;
  readonly range: string | null;
  /** Bytes of the request's body. */
  readonly sent: number;
  readonly status: number;
  /** Bytes of the answer's body. */
  readonly answered: number;
}

export interface HubServer {
  readonly url: string;
  /** Where large files are stored: another origin. */
  readonly storageUrl: string;
  /** Token of the user `tester`. */
  readonly token: string;
  readonly repos: Map<string, HubRepo>;
  readonly requests: HubRequest[];
  setFault(fault: HubFault): void;
  clearFaults(): void;
  createRepo(name: string, options?: { private?: boolean; gated?: boolean }): HubRepo;
  /** Commits files from the server's side and gives the commit. */
  addFiles(
    name: string,
    files: Readonly<Record<string, string | Uint8Array>>,
    options?: { branch?: string; title?: string },
  ): string;
  close(): Promise<void>;
}

export function startHubServer(options?: HubServerOptions): Promise<HubServer>;
