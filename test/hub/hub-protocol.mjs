/**
 * What a Hub answers: repositories, commits and large files in memory, and one handler that turns a
 * request into an answer. Listening and faults are in `loopback-server.mjs`.
 */
import { createHash, randomBytes } from 'node:crypto';

/**
 * @typedef {import('./loopback-server.d.mts').HubServerOptions} HubServerOptions
 * @typedef {import('./loopback-server.d.mts').HubRepo} HubRepo
 * @typedef {import('./loopback-server.d.mts').HubCommit} HubCommit
 * @typedef {import('./loopback-server.d.mts').HubUser} HubUser
 */

/** @param {string | Buffer} data */
const sha1 = (data) => createHash('sha1').update(data).digest('hex');
/** @param {string | Buffer} data */
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
/** @param {Buffer} data */
const gitBlobSha1 = (data) => sha1(Buffer.concat([Buffer.from(`blob ${data.length}\0`), data]));

/** An answer that ends the handling of a request. */
export class Answer extends Error {
  /**
   * @param {number} status
   * @param {unknown} body an object is sent as JSON
   * @param {Record<string, string>} [headers]
   */
  constructor(status, body, headers = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** @param {number} status @param {string} error @param {string} [code] @returns {never} */
function refuse(status, error, code) {
  throw new Answer(
    status,
    { error },
    { 'X-Error-Message': error, ...(code ? { 'X-Error-Code': code } : {}) },
  );
}

/**
 * Tags that the Hub would derive from the front matter of a model card.
 *
 * @param {HubCommit} commit
 */
function cardTags(commit) {
  const card = commit.files.get('README.md')?.data.toString() ?? '';
  const front = /^---\n([\s\S]*?)\n---/.exec(card)?.[1] ?? '';
  const library = /^library_name: *(\S+)$/m.exec(front)?.[1];
  const list = /^tags:\n((?: *- .*\n?)*)/m.exec(front)?.[1] ?? '';
  const tags = [...list.matchAll(/- *["']?([^"'\n]+)/g)].map((match) => match[1]?.trim() ?? '');
  return [...new Set([...(library ? [library] : []), ...tags])];
}

/** @param {HubCommit} commit */
function cardTask(commit) {
  const card = commit.files.get('README.md')?.data.toString() ?? '';
  return /^pipeline_tag: *(\S+)$/m.exec(card.split('\n---')[0] ?? '')?.[1];
}

/** The state of the Hub and what it does with each request. */
export class Hub {
  /** @param {HubServerOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {Map<string, HubUser>} */
    this.users = new Map(Object.entries(options.users ?? {}));
    /** @type {Map<string, HubRepo>} */
    this.repos = new Map();
    /** @type {Map<string, Buffer>} */
    this.largeFiles = new Map();
    /** @type {Map<string, Buffer[]>} */
    this.parts = new Map();
    this.url = '';
    this.storageUrl = '';
  }

  /** @param {import('node:http').IncomingMessage} request */
  identify(request) {
    const header = request.headers.authorization;
    if (header === undefined) return { known: 'none', user: undefined };
    const user = this.users.get(header.replace(/^Bearer /, ''));
    return { known: user ? 'valid' : 'unknown', user };
  }

  /** @param {string} name @param {HubUser | undefined} user */
  readable(name, user) {
    const repo = this.repos.get(name);
    if (repo && (!repo.private || this.mayWrite(name, user))) return repo;
    // The Hub tells nobody whether a repository that they cannot see exists.
    if (user === undefined) refuse(401, 'Invalid username or password.', 'RepoNotFound');
    return refuse(404, 'Repository not found', 'RepoNotFound');
  }

  /** @param {string} name @param {HubUser | undefined} user */
  mayWrite(name, user) {
    const owner = name.split('/')[0] ?? '';
    return user !== undefined && [user.name, ...(user.organizations ?? [])].includes(owner);
  }

  /** @param {string} name @param {HubUser | undefined} user */
  writable(name, user) {
    const repo = this.readable(name, user);
    this.#checkWriter(name, user);
    return repo;
  }

  /** @param {string} name @param {HubUser | undefined} user */
  #checkWriter(name, user) {
    if (user === undefined) refuse(401, 'Invalid username or password.');
    if (user.role === 'read') refuse(403, 'This token has no permission to write.');
    if (!this.mayWrite(name, user)) {
      refuse(403, `You don't have the rights to write in the namespace of ${name}.`);
    }
  }

  /** @param {HubRepo} repo @param {string} revision */
  commit(repo, revision) {
    const commit = repo.commits.get(repo.heads.get(revision) ?? revision);
    return commit ?? refuse(404, `Invalid rev id: ${revision}`, 'RevisionNotFound');
  }

  /** @param {HubCommit} commit @param {string} path @param {boolean} expand */
  entry(commit, path, expand) {
    const file = commit.files.get(path);
    if (file === undefined) return undefined;
    const lfs = file.large && { oid: sha256(file.data), size: file.data.length, pointerSize: 134 };
    const oid = lfs
      ? gitBlobSha1(
          Buffer.from(
            `version https://git-lfs.github.com/spec/v1\noid sha256:${lfs.oid}\nsize ${lfs.size}\n`,
          ),
        )
      : gitBlobSha1(file.data);
    const lastCommit = { id: commit.oid, title: commit.title, date: commit.date };
    return {
      type: 'file',
      oid,
      size: file.data.length,
      path,
      ...(lfs ? { lfs } : {}),
      ...(expand ? { lastCommit } : {}),
    };
  }

  /** @param {HubRepo} repo */
  info(repo, commit = this.commit(repo, 'main')) {
    return {
      _id: sha1(repo.name).slice(0, 24),
      id: repo.name,
      modelId: repo.name,
      author: repo.name.split('/')[0],
      sha: commit.oid,
      private: repo.private,
      gated: repo.gated ? 'manual' : false,
      disabled: false,
      downloads: repo.downloads ?? 0,
      likes: repo.likes ?? 0,
      ...(cardTask(commit) === undefined ? {} : { pipeline_tag: cardTask(commit) }),
      lastModified: commit.date,
      createdAt: commit.date,
      tags: cardTags(commit),
      library_name: cardTags(commit)[0],
      siblings: [...commit.files.keys()].sort().map((rfilename) => ({ rfilename })),
    };
  }

  /**
   * @param {HubRepo} repo
   * @param {string} branch
   * @param {{ title: string, description?: string, parent?: HubCommit,
   *   files: HubCommit['files'] }} change
   */
  addCommit(repo, branch, { title, description = '', parent, files }) {
    const date = new Date().toISOString();
    const commit = {
      oid: sha1(randomBytes(20)),
      parent: parent?.oid ?? null,
      title,
      description,
      date,
      files,
    };
    repo.commits.set(commit.oid, commit);
    repo.heads.set(branch, commit.oid);
    return commit;
  }

  /** @param {string} name @param {boolean} isPrivate */
  createRepo(name, isPrivate) {
    const repo = {
      name,
      private: isPrivate,
      gated: false,
      heads: new Map(),
      commits: new Map(),
      pullRequests: 0,
    };
    this.repos.set(name, repo);
    const attributes = Buffer.from('*.safetensors filter=lfs diff=lfs merge=lfs -text\n');
    const files = new Map([['.gitattributes', { data: attributes, large: false }]]);
    this.addCommit(repo, 'main', { title: 'initial commit', files });
    return repo;
  }

  /**
   * Commits files from the server's side.
   *
   * @param {string} name
   * @param {Readonly<Record<string, string | Uint8Array>>} contents
   * @param {{ branch?: string, title?: string }} options
   */
  addFiles(name, contents, { branch = 'main', title = 'Add files' }) {
    const repo = this.repos.get(name);
    if (repo === undefined) throw new Error(`no repository ${name}`);
    const parent = this.commit(repo, repo.heads.has(branch) ? branch : 'main');
    const files = new Map(parent.files);
    for (const [path, content] of Object.entries(contents)) {
      const data = Buffer.from(content);
      const large = /\.(safetensors|bin|h5)$/.test(path);
      if (large) this.largeFiles.set(sha256(data), data);
      files.set(path, { data, large });
    }
    return this.addCommit(repo, branch, { title, parent, files });
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {Buffer} body
   * @returns {Answer}
   */
  handle(request, body) {
    const url = new URL(request.url ?? '/', this.url);
    const path = url.pathname;
    const { known, user } = this.identify(request);
    const json = () => JSON.parse(body.toString());
    const is = (/** @type {string} */ method, /** @type {RegExp} */ pattern) =>
      (request.method === method &&
        pattern
          .exec(path)
          ?.slice(1)
          .map((part) => decodeURIComponent(part ?? ''))) ||
      null;
    /** @type {string[] | null} */
    let m;

    if ((m = is('PUT', /^\/_storage\/([0-9a-f]{64})$/))) return this.#store(m[0] ?? '', body);
    if ((m = is('PUT', /^\/_storage\/([0-9a-f]{64})\/part\/(\d+)$/))) {
      const parts = this.parts.get(m[0] ?? '') ?? [];
      parts[Number(m[1]) - 1] = body;
      this.parts.set(m[0] ?? '', parts);
      return new Answer(200, '', { ETag: `"${sha1(body)}"` });
    }
    if ((m = is('POST', /^\/_storage\/([0-9a-f]{64})\/complete$/))) {
      const parts = this.parts.get(m[0] ?? '') ?? [];
      const named = json().parts.every(
        (/** @type {{partNumber: number, etag: string}} */ part) =>
          part.etag === `"${sha1(parts[part.partNumber - 1] ?? '')}"`,
      );
      return named
        ? this.#store(m[0] ?? '', Buffer.concat(parts))
        : refuse(400, 'The parts do not match their tags');
    }
    if ((m = is('GET', /^\/_storage\/([0-9a-f]{64})$/))) {
      const data = this.largeFiles.get(m[0] ?? '');
      return data ? this.#content(request, data, {}) : refuse(404, 'No such object');
    }

    if (known === 'unknown') refuse(401, 'Invalid credentials in Authorization header');
    if (is('GET', /^\/api\/whoami-v2$/)) {
      if (user === undefined) return refuse(401, 'Invalid username or password.');
      const role = user.role ?? 'write';
      const createdAt = new Date(0).toISOString();
      return new Answer(200, {
        type: 'user',
        id: sha1(user.name).slice(0, 24),
        name: user.name,
        fullname: user.name,
        orgs: (user.organizations ?? []).map((name) => ({ type: 'org', name, fullname: name })),
        auth: {
          type: 'access_token',
          accessToken: { displayName: 'loopback', role, createdAt },
        },
      });
    }
    if (is('POST', /^\/api\/repos\/create$/)) {
      const { name, organization, visibility, private: isPrivate } = json();
      const full = `${organization ?? user?.name}/${name}`;
      this.#checkWriter(full, user);
      if (this.repos.has(full)) return refuse(409, 'You already created this model repo');
      this.createRepo(full, visibility === 'private' || isPrivate === true);
      return new Answer(200, { url: `${this.url}/${full}`, name: full, id: full });
    }
    if (is('DELETE', /^\/api\/repos\/delete$/)) {
      const { name, organization } = json();
      this.writable(`${organization ?? user?.name}/${name}`, user);
      this.repos.delete(`${organization ?? user?.name}/${name}`);
      return new Answer(200, {});
    }
    if (is('POST', /^\/api\/validate-yaml$/)) return new Answer(200, { errors: [], warnings: [] });
    if (is('GET', /^\/api\/models$/)) return this.#list(url, user);

    const repoPath = String.raw`([^/]+\/[^/]+)`;
    const api = (/** @type {string} */ rest) => new RegExp(`^/api/models/${repoPath}${rest}$`);
    if ((m = is('GET', api('(?:/revision/([^/]+))?')))) {
      const repo = this.readable(m[0] ?? '', user);
      const revision = m[1] || 'main';
      return new Answer(
        200,
        this.info(repo, this.commit(repo, revision === 'HEAD' ? 'main' : revision)),
      );
    }
    if ((m = is('GET', api('/tree/([^/]+)(?:/(.*))?')))) return this.#tree(m, url, user);
    if ((m = is('POST', api('/paths-info/([^/]+)')))) {
      const commit = this.commit(this.readable(m[0] ?? '', user), m[1] ?? '');
      const { paths, expand } = json();
      return new Answer(
        200,
        paths.flatMap((/** @type {string} */ p) => this.entry(commit, p, expand === true) ?? []),
      );
    }
    if ((m = is('POST', api('/branch/([^/]+)')))) {
      const repo = this.writable(m[0] ?? '', user);
      const start = this.commit(repo, json().startingPoint ?? 'main');
      if (repo.heads.has(m[1] ?? '')) return refuse(409, 'Reference already exists');
      repo.heads.set(m[1] ?? '', start.oid);
      return new Answer(200, {});
    }
    if ((m = is('POST', api('/preupload/([^/]+)')))) return this.#preupload(m, url, json(), user);
    const batch = new RegExp(`^/${repoPath}\\.git/info/lfs/objects/batch$`);
    if ((m = is('POST', batch))) return this.#batch(m[0] ?? '', json(), user);
    if ((m = is('POST', api('/commit/([^/]+)')))) {
      return this.#commit(m, url, body.toString(), user);
    }
    const resolve = new RegExp(`^/${repoPath}/(resolve|raw)/([^/]+)/(.+)$`);
    if ((m = is('GET', resolve) ?? is('HEAD', resolve))) return this.#resolve(m, request, user);
    return refuse(404, `No such page: ${request.method} ${path}`);
  }

  /** @param {string} oid @param {Buffer} data */
  #store(oid, data) {
    if (sha256(data) !== oid) return refuse(400, 'The content does not have the announced SHA-256');
    this.largeFiles.set(oid, data);
    return new Answer(200, '', { ETag: `"${oid}"` });
  }

  /** @param {URL} url @param {HubUser | undefined} user */
  #list(url, user) {
    const query = url.searchParams;
    const size = Math.min(Number(query.get('limit') ?? 500), this.options.pageSize ?? 1000);
    const from = Number(query.get('cursor') ?? 0);
    const all = [...this.repos.values()]
      .filter((repo) => !repo.private || this.mayWrite(repo.name, user))
      .map((repo) => this.info(repo))
      .filter(
        (info) =>
          [null, info.author].includes(query.get('author')) &&
          info.id.toLowerCase().includes((query.get('search') ?? '').toLowerCase()) &&
          [null, info.pipeline_tag].includes(query.get('pipeline_tag')) &&
          query.getAll('filter').every((tag) => info.tags.includes(tag)),
      );
    const key = query.get('sort');
    if (key !== null) {
      const value = (/** @type {any} */ info) =>
        key === 'lastModified' ? Date.parse(info[key]) : (info[key] ?? 0);
      all.sort((a, b) => value(b) - value(a));
    }
    return new Answer(200, all.slice(from, from + size), this.#next(url, from + size, all.length));
  }

  /** @param {URL} url @param {number} cursor @param {number} length */
  #next(url, cursor, length) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (cursor < length) {
      const next = new URL(url);
      next.searchParams.set('cursor', String(cursor));
      headers['Link'] = `<${next}>; rel="next"`;
    }
    return headers;
  }

  /** @param {string[]} match @param {URL} url @param {HubUser | undefined} user */
  #tree([name = '', revision = '', folder], url, user) {
    const commit = this.commit(this.readable(name, user), revision);
    const recursive = /^(true|1)$/i.test(url.searchParams.get('recursive') ?? '');
    const expand = /^(true|1)$/i.test(url.searchParams.get('expand') ?? '');
    const prefix = folder ? `${folder}/` : '';
    const folders = new Set();
    const files = [];
    for (const path of [...commit.files.keys()].sort().filter((p) => p.startsWith(prefix))) {
      const inner = path.slice(prefix.length).split('/');
      for (let depth = 1; depth < (recursive ? inner.length : Math.min(2, inner.length)); depth++) {
        folders.add(prefix + inner.slice(0, depth).join('/'));
      }
      if (recursive || inner.length === 1) files.push(this.entry(commit, path, expand));
    }
    if (folder && files.length + folders.size === 0) {
      refuse(404, `${folder} does not exist on "${revision}"`, 'EntryNotFound');
    }
    const all = [
      ...[...folders].map((path) => ({ type: 'directory', oid: sha1(path), size: 0, path })),
      ...files,
    ];
    const size = this.options.pageSize ?? 1000;
    const from = Number(url.searchParams.get('cursor') ?? 0);
    return new Answer(200, all.slice(from, from + size), this.#next(url, from + size, all.length));
  }

  /**
   * @param {string[]} match
   * @param {URL} url
   * @param {{ files: { path: string, size: number }[] }} request
   * @param {HubUser | undefined} user
   */
  #preupload([name = '', revision = ''], url, { files }, user) {
    const pullRequest = url.searchParams.get('create_pr') === '1';
    this.commit(pullRequest ? this.readable(name, user) : this.writable(name, user), revision);
    const limit = this.options.largeFileBytes ?? 10_000_000;
    return new Answer(200, {
      files: files.map(({ path, size }) => ({
        path,
        uploadMode: /\.(safetensors|bin|h5)$/.test(path) || size > limit ? 'lfs' : 'regular',
        shouldIgnore: false,
      })),
    });
  }

  /**
   * @param {string} name
   * @param {{ objects: { oid: string, size: number }[], transfers?: string[] }} request
   * @param {HubUser | undefined} user
   */
  #batch(name, { objects, transfers = ['basic'] }, user) {
    if (user === undefined) refuse(401, 'Invalid username or password.');
    this.readable(name, user);
    const multipartBytes = this.options.multipartBytes ?? Infinity;
    const answer = objects.map(({ oid, size }) => {
      if (this.largeFiles.has(oid)) return { oid, size };
      const href = `${this.storageUrl}/_storage/${oid}`;
      if (size <= multipartBytes || !transfers.includes('multipart')) {
        return { oid, size, actions: { upload: { href } } };
      }
      const parts = Math.ceil(size / multipartBytes);
      const numbers = Array.from({ length: parts }, (_, i) => String(i + 1).padStart(5, '0'));
      const header = {
        chunk_size: String(multipartBytes),
        ...Object.fromEntries(numbers.map((part) => [part, `${href}/part/${Number(part)}`])),
      };
      return { oid, size, actions: { upload: { href: `${href}/complete`, header } } };
    });
    return new Answer(
      200,
      { transfer: 'basic', objects: answer },
      { 'Content-Type': 'application/vnd.git-lfs+json' },
    );
  }

  /**
   * @param {string[]} match @param {URL} url @param {string} text
   * @param {HubUser | undefined} user
   */
  #commit([name = '', branch = ''], url, text, user) {
    const pullRequest = url.searchParams.get('create_pr') === '1';
    if (user === undefined) refuse(401, 'Invalid username or password.');
    const repo = pullRequest ? this.readable(name, user) : this.writable(name, user);
    const head = this.commit(repo, branch);
    if (!pullRequest && !repo.heads.has(branch)) refuse(400, `${branch} is not a branch`);
    const files = new Map(head.files);
    let title = '';
    let description = '';
    for (const line of text.split('\n').filter((l) => l.trim() !== '')) {
      const { key, value } = JSON.parse(line);
      if (key === 'header') {
        ({ summary: title, description } = value);
        if (value.parentCommit && value.parentCommit !== head.oid) {
          refuse(412, 'A commit has happened since. Please refresh and try again.');
        }
      } else if (key === 'file') {
        files.set(value.path, { data: Buffer.from(value.content, value.encoding), large: false });
      } else if (key === 'lfsFile') {
        const data = this.largeFiles.get(value.oid);
        if (data?.length !== value.size) refuse(400, `${value.path} was not uploaded`);
        files.set(value.path, { data: data ?? Buffer.alloc(0), large: true });
      } else if (key === 'deletedFile') {
        if (!files.delete(value.path)) refuse(404, `No ${value.path}`, 'EntryNotFound');
      } else {
        refuse(400, `Unknown operation ${key}`);
      }
    }
    if (!title) refuse(400, 'A commit needs a summary');
    const target = pullRequest ? `refs/pr/${++repo.pullRequests}` : branch;
    const commit = this.addCommit(repo, target, { title, description, parent: head, files });
    return new Answer(200, {
      success: true,
      commitOid: commit.oid,
      commitUrl: `${this.url}/${name}/commit/${commit.oid}`,
      hookOutput: '',
      ...(pullRequest
        ? { pullRequestUrl: `${this.url}/${name}/discussions/${repo.pullRequests}` }
        : {}),
    });
  }

  /**
   * @param {string[]} match @param {import('node:http').IncomingMessage} request
   * @param {HubUser | undefined} user
   */
  #resolve([name = '', kind, revision = '', path = ''], request, user) {
    const repo = this.readable(name, user);
    if (repo.gated && !this.mayWrite(name, user)) {
      refuse(user ? 403 : 401, `Access to model ${name} is restricted.`, 'GatedRepo');
    }
    const commit = this.commit(repo, revision);
    const file = commit.files.get(path);
    if (file === undefined) {
      // Python's library notes in its cache that a commit does not have the file.
      const known = { 'X-Error-Code': 'EntryNotFound', 'X-Repo-Commit': commit.oid };
      return new Answer(404, { error: 'Entry not found' }, known);
    }
    const etag = `"${file.large ? sha256(file.data) : gitBlobSha1(file.data)}"`;
    /** @type {Record<string, string>} */
    const headers = { ETag: etag, 'X-Repo-Commit': commit.oid };
    if (file.large) {
      headers['X-Linked-ETag'] = etag;
      headers['X-Linked-Size'] = String(file.data.length);
      if (kind === 'resolve') {
        // As on the Hub, large files lie on another host; the signature stands for its access.
        const location = `${this.storageUrl}/_storage/${sha256(file.data)}?Signature=presigned`;
        return new Answer(302, '', { ...headers, Location: location });
      }
    }
    return this.#content(request, file.data, headers);
  }

  /**
   * @param {import('node:http').IncomingMessage} request @param {Buffer} data
   * @param {Record<string, string>} headers
   */
  #content(request, data, headers) {
    const all = {
      'Content-Type': 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      ...headers,
    };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range) return new Answer(200, data, all);
    const start = Number(range[1]);
    const end = range[2] ? Math.min(Number(range[2]), data.length - 1) : data.length - 1;
    if (start > end) {
      return new Answer(416, '', { ...all, 'Content-Range': `bytes */${data.length}` });
    }
    return new Answer(206, data.subarray(start, end + 1), {
      ...all,
      'Content-Range': `bytes ${start}-${end}/${data.length}`,
    });
  }
}
