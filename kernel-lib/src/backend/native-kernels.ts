import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';

/** Name of the module with tfjs-node's kernels in an installation. */
export const KERNELS_FILE = 'tfjs-node.cjs';

/** What `tfjs-node.cjs` exports: registers the kernels and the backend `tensorflow`. */
export type RegisterBackend = (
  tfjs: object,
  binding: object,
  packageName: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu',
) => void;

const ENTRY = 'register_all_kernels';
const BACKEND = 'nodejs_kernel_backend';
/** Protocol buffers for TensorBoard summaries: generated code that needs another package. */
const PROTOCOL_BUFFERS = 'proto/api_pb';
/** What the kernels may import beside one another. */
const PROVIDED = new Set([
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-core',
  'util',
  'os',
  PROTOCOL_BUFFERS,
]);

async function collect(dist: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const queue = [ENTRY, BACKEND];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (sources.has(id)) continue;
    const folder = path.posix.dirname(id);
    const text = await readFile(path.join(dist, `${id}.js`), 'utf8').catch((cause: unknown) => {
      throw new EnvironmentError(
        {
          where: dist,
          found: `no file ${String(id)}.js`,
          expected: 'the files of @tensorflow/tfjs-node 4.22',
          fix: 'Install the package anew.',
        },
        { cause },
      );
    });
    sources.set(
      id,
      text.replaceAll(/\brequire\(["']([^"']+)["']\)/g, (_, name: string) => {
        const target = name.startsWith('.') ? path.posix.join(folder, name) : name;
        if (!PROVIDED.has(target)) {
          if (!name.startsWith('.')) {
            throw new EnvironmentError({
              where: path.join(dist, `${String(id)}.js`),
              found: `it needs '${name}'`,
              expected: [...PROVIDED].join(', '),
            });
          }
          queue.push(target);
        }
        return `require(${JSON.stringify(target)})`;
      }),
    );
  }
  return sources;
}

/**
 * One CommonJS module of tfjs-node's kernels and backend (Apache-2.0), unchanged but for what they
 * import: they take the TensorFlow.js that they are given. tfjs-node itself imports
 * `@tensorflow/tfjs`, with which it would often register its kernels in a second copy of
 * tfjs-core that knows nothing of the tensors of the library.
 *
 * @param dist the folder `dist` of @tensorflow/tfjs-node
 */
export async function bundleKernels(dist: string, version: string): Promise<string> {
  const sources = await collect(dist);
  const modules = [...sources].map(
    ([id, text]) => `${JSON.stringify(id)}: function (module, exports, require) {\n${text}\n},`,
  );
  return `'use strict';
// Made by tatabox from @tensorflow/tfjs-node ${version} (Apache-2.0): its kernels and its backend as one
// module that works with the TensorFlow.js that it is given.
const modules = {
${modules.join('\n')}
};
module.exports = function register(tfjs, binding, packageName) {
  const provided = {
    // A kernel that an earlier, failed start has left is replaced in silence.
    '@tensorflow/tfjs': Object.create(tfjs, {
      registerKernel: {
        value(config) {
          if (tfjs.getKernel(config.kernelName, config.backendName) !== undefined) {
            tfjs.unregisterKernel(config.kernelName, config.backendName);
          }
          tfjs.registerKernel(config);
        },
      },
    }),
    os: require('node:os'),
    // Node 23 has removed both functions.
    util: {
      isArray: Array.isArray,
      isNullOrUndefined: (value) => value === null || value === undefined,
    },
    'proto/api_pb': new Proxy({}, {
      get() {
        throw new Error('TensorBoard summaries of tfjs-node are not part of this installation');
      },
    }),
  };
  provided['@tensorflow/tfjs-core'] = provided['@tensorflow/tfjs'];
  // Methods that the kernels call: @tensorflow/tfjs adds all operations to tensors, tfjs-core none.
  const methods = {
    toInt() { return tfjs.cast(this, 'int32'); },
    toFloat() { return tfjs.cast(this, 'float32'); },
    add(other) { return tfjs.add(this, other); },
  };
  for (const [name, method] of Object.entries(methods)) {
    if (!(name in tfjs.Tensor.prototype)) {
      Object.defineProperty(tfjs.Tensor.prototype, name, { value: method, writable: true, configurable: true });
    }
  }
  const loaded = new Map();
  function load(id) {
    if (Object.hasOwn(provided, id)) return provided[id];
    if (!loaded.has(id)) {
      const module = { exports: {} };
      loaded.set(id, module);
      modules[id].call(module.exports, module, module.exports, load);
    }
    return loaded.get(id).exports;
  }
  load('${ENTRY}');
  const { NodeJSKernelBackend } = load('${BACKEND}');
  // The priority of tfjs-node itself.
  tfjs.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, packageName), 3);
};
`;
}
