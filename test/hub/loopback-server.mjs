/**
 * A Hub on this machine: the part of the Hugging Face Hub's HTTP protocol that `@huggingface/hub`,
 * our own downloads and Python's `huggingface_hub` use for model repositories. Everything is kept
 * in memory; nothing outside Node's standard library is needed.
 *
 *     node test/hub/loopback-server.mjs --port 0
 *
 * prints one line of JSON, `{"url", "token"}`, and serves until it is stopped. Set `HF_ENDPOINT`
 * and `HF_TOKEN` to these two values to use it.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Answer, Hub } from './hub-protocol.mjs';

/**
 * @typedef {import('./loopback-server.d.mts').HubFault} HubFault
 * @typedef {import('./loopback-server.d.mts').HubServerOptions} HubServerOptions
 */

/** @param {HubFault[]} faults @param {string} method @param {string} path */
function takeFault(faults, method, path) {
  for (const [index, fault] of faults.entries()) {
    if (fault.method !== undefined && fault.method !== method) continue;
    if (fault.path !== undefined) {
      if (typeof fault.path === 'string' ? !path.includes(fault.path) : !fault.path.test(path)) {
        continue;
      }
    }
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      continue;
    }
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) faults.splice(index, 1);
    return fault;
  }
  return undefined;
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Answer} answer
 * @param {HubFault | undefined} fault
 */
async function send(request, response, answer, fault) {
  const isJson = !Buffer.isBuffer(answer.body) && typeof answer.body !== 'string';
  let data = isJson
    ? Buffer.from(JSON.stringify(answer.body))
    : Buffer.from(/** @type {string | Buffer} */ (answer.body));
  if (fault?.rewrite) data = Buffer.from(fault.rewrite(data));
  if (fault?.corrupt && data.length > 0) {
    data = Buffer.from(data);
    data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 1;
  }
  if (fault?.shortenTo !== undefined) data = data.subarray(0, fault.shortenTo);
  response.writeHead(answer.status, {
    ...(isJson ? { 'Content-Type': 'application/json; charset=utf-8' } : {}),
    'Content-Length': String(data.length),
    'X-Request-Id': randomBytes(8).toString('hex'),
    ...answer.headers,
  });
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  if (fault?.truncateAt !== undefined) {
    await new Promise((resolve) => response.write(data.subarray(0, fault.truncateAt), resolve));
    // Give the bytes time to leave before the connection breaks.
    await sleep(20);
    response.destroy();
    return fault.truncateAt;
  }
  if (fault?.chunkBytes !== undefined) {
    for (let at = 0; at < data.length && !response.destroyed; at += fault.chunkBytes) {
      response.write(data.subarray(at, at + fault.chunkBytes));
      await sleep(fault.chunkMilliseconds ?? 10);
    }
    response.end();
    return data.length;
  }
  response.end(data);
  return data.length;
}

/**
 * Starts a Hub on this machine; its large files are served by a second port, as the Hub's are by
 * another host.
 *
 * @param {HubServerOptions} [options]
 * @returns {Promise<import('./loopback-server.d.mts').HubServer>}
 */
export async function startHubServer(options = {}) {
  const token = `hf_loopback${randomBytes(12).toString('hex')}`;
  const users = { [token]: { name: 'tester', organizations: ['lab'] }, ...options.users };
  const hub = new Hub({ ...options, users });
  /** @type {HubFault[]} */
  const faults = (options.faults ?? []).map((fault) => ({ ...fault }));
  /** @type {import('./loopback-server.d.mts').HubRequest[]} */
  const requests = [];

  const listen = async (/** @type {'hub' | 'storage'} */ host, /** @type {number} */ port) => {
    const server = http.createServer(async (request, response) => {
      const chunks = [];
      try {
        for await (const chunk of request) chunks.push(chunk);
      } catch {
        return; // The client went away in the middle of its request.
      }
      const body = Buffer.concat(chunks);
      const method = request.method ?? 'GET';
      const url = new URL(request.url ?? '/', 'http://localhost');
      const { known, user } = hub.identify(request);
      const record = {
        host,
        method,
        path: decodeURIComponent(url.pathname),
        authorization: known,
        user: user?.name ?? null,
        range: request.headers.range ?? null,
        sent: body.length,
        status: 0,
        answered: 0,
      };
      requests.push(record);
      const fault = takeFault(faults, method, record.path);
      if (fault?.delayMilliseconds) await sleep(fault.delayMilliseconds);
      if (fault?.disconnect) {
        request.socket.destroy();
        return;
      }
      if (fault?.cutHeader) {
        request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: applic');
        await sleep(20);
        request.socket.destroy();
        return;
      }
      /** @type {Answer} */
      let answer;
      try {
        answer =
          fault?.status === undefined
            ? hub.handle(request, body)
            : new Answer(
                fault.status,
                fault.body === undefined ? { error: 'Fault on demand' } : fault.body,
                fault.headers,
              );
      } catch (error) {
        answer =
          error instanceof Answer
            ? error
            : new Answer(500, { error: error instanceof Error ? error.message : String(error) });
      }
      record.status = answer.status;
      if (fault?.loseAnswer) {
        request.socket.destroy();
        return;
      }
      record.answered = await send(request, response, answer, fault);
    });
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(undefined));
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return { server, url: `http://127.0.0.1:${address.port}` };
  };

  const hubSide = await listen('hub', options.port ?? 0);
  const storageSide = await listen('storage', 0);
  hub.url = hubSide.url;
  hub.storageUrl = storageSide.url;
  return {
    url: hub.url,
    storageUrl: hub.storageUrl,
    token,
    repos: hub.repos,
    requests,
    setFault: (fault) => void faults.push({ ...fault }),
    clearFaults: () => void faults.splice(0),
    createRepo: (name, { private: isPrivate = false, gated = false } = {}) => {
      const repo = hub.createRepo(name, isPrivate);
      repo.gated = gated;
      return repo;
    },
    addFiles: (name, files, details = {}) => hub.addFiles(name, files, details).oid,
    close: async () => {
      for (const { server } of [hubSide, storageSide]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'stop-with-stdin': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log('node loopback-server.mjs [--port N] [--stop-with-stdin]');
    return;
  }
  const hub = await startHubServer({ port: Number(values.port) });
  console.log(JSON.stringify({ url: hub.url, token: hub.token }));
  const stop = () => void hub.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  // A parent that is killed closes the pipe, so that no server is left behind.
  if (values['stop-with-stdin']) process.stdin.resume().once('end', stop).once('close', stop);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
