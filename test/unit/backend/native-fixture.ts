import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { Confirm } from '../../../kernel-lib/src/backend/native-install.ts';

/** A zip file of texts, as a Python wheel is one. */
export function makeZip(
  files: Readonly<Record<string, string | Uint8Array>>,
  { stored = false } = {},
): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name)]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        Buffer.from([20, 0]),
        fields,
        tail,
        Buffer.from(name),
      ]),
    );
    parts.push(local, packed);
    offset += local.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** Version of the TensorFlow that the tests install: none that there is. */
export const FAKE_VERSION = '9.8.7';

const METADATA = `Metadata-Version: 2.1
Name: NAME
Version: ${FAKE_VERSION}
Requires-Dist: numpy >=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7) ; extra == 'and-cuda'
Requires-Dist: tensorflow-io; extra == "gcs-filesystem"

Requires-Dist: not-a-header; extra == "and-cuda"
`;

/** Writes a wheel with the two libraries as small texts. @returns its path */
export async function writeFakeWheel(
  folder: string,
  { name = 'tensorflow_cpu', version = FAKE_VERSION, without = '', file = '' } = {},
): Promise<string> {
  const suffix = process.platform === 'darwin' ? '.2.dylib' : '.so.2';
  const files: Record<string, string> = {
    [`tensorflow/libtensorflow_cc${suffix}`]: 'library '.repeat(1000),
    [`tensorflow/libtensorflow_framework${suffix}`]: 'framework '.repeat(100),
    'tensorflow/include/tensorflow/c/c_api.h': '// header',
    'tensorflow/python/large.py': 'not wanted',
    [`${name}-${version}.dist-info/METADATA`]: METADATA.replace('NAME', name).replace(
      FAKE_VERSION,
      version,
    ),
  };
  const wanted = Object.entries(files).filter(
    ([member]) => without === '' || !member.includes(without),
  );
  const named = file === '' ? `${name}-${version}-cp311-cp311-manylinux_2_17_x86_64.whl` : file;
  const target = path.join(folder, named);
  await writeFile(target, makeZip(Object.fromEntries(wanted)));
  return target;
}

/** Kernels in the form of tfjs-node's own files: one kernel, `Twice`, and the backend. */
const distFiles: Readonly<Record<string, string>> = {
  'register_all_kernels.js': `
var tfjs_1 = require("@tensorflow/tfjs");
var Twice_1 = require("./kernels/Twice");
for (var _i = 0, kernels = [Twice_1.config]; _i < kernels.length; _i++) tfjs_1.registerKernel(kernels[_i]);
`,
  'kernels/Twice.js': `
var tfjs_1 = require("@tensorflow/tfjs");
var nodejs_kernel_backend_1 = require("../nodejs_kernel_backend");
exports.config = { kernelName: 'Twice', backendName: 'tensorflow',
  kernelFunc: function (args) { return nodejs_kernel_backend_1.twice(tfjs_1, args.inputs.x); } };
`,
  'nodejs_kernel_backend.js': `
var tf = require("@tensorflow/tfjs");
var util_1 = require("util");
var messages = require('./proto/api_pb');
exports.twice = function (tfjs, x) { return (0, util_1.isNullOrUndefined)(x) ? x : tfjs.add(x, x); };
exports.summary = function () { return new messages.Summary(); };
exports.NodeJSKernelBackend = function (binding, packageName) {
  return { binding: binding, packageName: packageName, tf: tf };
};
`,
};

/** Puts sources where the installation looks for those that npm has packed before. */
export async function writeFakeSources(root: string): Promise<void> {
  const node = path.join(root, 'sources', 'tfjs-node-4.22.0');
  const headers = path.join(root, 'sources', 'node-api-headers-1.9.0');
  const files: Record<string, string> = {
    [path.join(node, 'binding', 'tfjs_backend.cc')]:
      'static std::set<std::string> ATTR_NAME_SET;\n',
    [path.join(node, 'binding', 'tfjs_binding.cc')]: '// binding\n',
    [path.join(headers, 'include', 'node_api.h')]: '// headers\n',
    [path.join(node, 'package.json')]: '{"version":"4.22.0"}',
    [path.join(headers, 'package.json')]: '{"version":"1.9.0"}',
  };
  for (const [file, text] of Object.entries(distFiles)) files[path.join(node, 'dist', file)] = text;
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Writes a program of a shell script into a folder for the PATH. */
export async function writeProgram(folder: string, name: string, script: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** A compiler that writes its arguments and the patched source into its output. */
export const fakeCompiler = `
if [ "$1" = --version ]; then echo "fake++ 1.0"; exit 0; fi
out=; for a in "$@"; do [ "$out" = next ] && out="$a"; [ "$a" = -o ] && out=next; done
{ echo "$@"; /bin/cat tfjs_backend.cc; } > "$out"
`;

/** A check that finds everything fine. */
export const confirmAnything: Confirm = () =>
  Promise.resolve({
    tensorflow: FAKE_VERSION,
    gpu: false,
    matrixProductError: 0,
    losses: [2, 1],
  });
