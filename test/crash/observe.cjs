// Loaded before the command (node --require), in its worker threads as well. Stops its clocks, so
// that two runs write the same bytes, and tells on file descriptor 3 what is being written: a test
// then knows in which phase it has killed the process. It changes nothing of what is written.
/* eslint-disable @typescript-eslint/no-require-imports -- loaded by --require */
'use strict';
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { threadId } = require('node:worker_threads');

const NOW = Date.UTC(2030, 0, 1);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [NOW] : args));
  }
  static now() {
    return NOW;
  }
};
performance.now = () => 0;

/** Phase of a file: part of a checkpoint, of the log, or something else in the run folder. */
function phaseOf(file) {
  const text = String(file);
  if (/checkpoints[\\/]/.test(text)) return 'checkpoint';
  if (/metrics\.jsonl$|tfevents|run\.log$/.test(text)) return 'log';
  return /[\\/]runs[\\/]/.test(text) ? 'output' : undefined;
}

function mark(sign, phase) {
  if (phase === undefined) return;
  try {
    fs.writeSync(3, `${sign}${threadId} ${phase}\n`);
  } catch {
    // Nobody listens.
  }
}

function within(phase, work) {
  mark('+', phase);
  const done = (result) => {
    mark('-', phase);
    return result;
  };
  return work().then(done, (error) => {
    mark('-', phase);
    throw error;
  });
}

const phases = new WeakMap();
let patched = false;

function patchHandles(handle) {
  if (patched) return;
  patched = true;
  const prototype = Object.getPrototypeOf(handle);
  for (const name of ['write', 'writeFile', 'sync', 'truncate']) {
    const original = prototype[name];
    prototype[name] = function (...args) {
      // A checkpoint is one phase from the opening of its file to its new name.
      const phase = phases.get(this);
      return within(phase === 'log' ? phase : undefined, () => original.apply(this, args));
    };
  }
}

const { open, rename, appendFile } = promises;
const isDraft = (file) => /\.tmp$/.test(String(file));

promises.open = async (file, flags, ...rest) => {
  const phase = phaseOf(file);
  if (isDraft(file) && flags === 'wx') mark('+', phase);
  const handle = await open(file, flags, ...rest);
  patchHandles(handle);
  phases.set(handle, phase);
  return handle;
};
promises.rename = async (from, to) => {
  await rename(from, to);
  if (isDraft(from)) mark('-', phaseOf(from));
};
promises.appendFile = (file, ...rest) => within(phaseOf(file), () => appendFile(file, ...rest));
