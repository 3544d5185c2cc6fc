/**
 * The program that starts tslab, with four repairs.
 *
 * It ends with the process that started it: a kernel whose parent was killed would go on for ever. Its
 * publisher takes all that a loop prints: as tslab opens it, every message after the 512th of a
 * synchronous piece of work is lost (zeromq.js refuses a send while one is under way; with a timeout
 * of 0 each send is done at once). What work prints that goes on after the kernel was told to end is
 * dropped, where it would throw in the midst of that work. And stacks name the lines of the cell as it
 * was written, `Cell In[3]:LINE:COLUMN`, where tslab names those of the JavaScript that it compiled the
 * cell to, and end with the cell's own frames.
 */
export function launcherSource(tslabMain: string): string {
  return `process.on('disconnect', () => process.exit(1));
process.channel.unref();
const main = ${JSON.stringify(tslabMain)};
const fromTslab = require('node:module').createRequire(main);
try {
  const zeromq = fromTslab('zeromq');
  const { Publisher } = zeromq;
  zeromq.Publisher = class extends Publisher {
    constructor(options) {
      super({ sendTimeout: 0, sendHighWaterMark: 100000, ...options });
    }
    send(message) {
      return this.closed ? Promise.resolve() : super.send(message);
    }
  };
} catch {
  // tslab itself says what is wrong with zeromq.
}
try {
${CELL_LINES}
} catch {
  // Another version of tslab: stacks stay as it gives them.
}
require(main).main();
`;
}

/**
 * tslab compiles twice, TypeScript to ES modules and these to CommonJS; both source maps are kept for
 * each cell. It puts one line before each cell.
 */
const CELL_LINES = `
  const vm = require('node:vm');
  const { SourceMap } = require('node:module');
  const compiler = fromTslab.resolve('@tslab/typescript-for-tslab');
  // What a bundle of TypeScript exports cannot be replaced; the module as a whole can.
  const ts = { ...fromTslab(compiler) };
  require.cache[compiler].exports = ts;
  const { JupyterHandlerImpl } = fromTslab('./jupyter.js');
  const INLINE = /\\n?\\/\\/# sourceMappingURL=data:[^,\\n]*;base64,([A-Za-z0-9+/=]+)\\s*$/;
  const LINKED = /\\n?\\/\\/# sourceMappingURL=[^\\n]*\\s*$/;
  const LINES_BEFORE_CELL = 1;
  const { createWatchCompilerHost, transpileModule } = ts;
  ts.createWatchCompilerHost = (files, options, ...rest) =>
    createWatchCompilerHost(files, { ...options, inlineSourceMap: true }, ...rest);
  let compiled;
  ts.transpileModule = (js, options) => {
    const inline = INLINE.exec(js);
    if (inline === null) return transpileModule(js, options);
    const compilerOptions = { ...options.compilerOptions, sourceMap: true };
    const result = transpileModule(js.slice(0, inline.index), { ...options, compilerOptions });
    const outputText = result.outputText.replace(LINKED, '\\n');
    compiled = { outputText, first: inline[1], second: result.sourceMapText };
    return { ...result, outputText };
  };

  let count = 0;
  const { handleExecuteImpl } = JupyterHandlerImpl.prototype;
  JupyterHandlerImpl.prototype.handleExecuteImpl = function (...args) {
    count = this.execCount + 1;
    compiled = undefined;
    return handleExecuteImpl.apply(this, args);
  };

  const cells = new Map();
  const { runInThisContext } = vm;
  vm.runInThisContext = (code, options) => {
    if (compiled === undefined || !code.includes(compiled.outputText)) {
      return runInThisContext(code, options);
    }
    const filename = 'Cell In[' + count + ']';
    const lines = compiled.outputText.split('\\n').length;
    cells.set(filename, { ...compiled, lines, before: code.indexOf(compiled.outputText) });
    return runInThisContext(code, { ...options, filename, displayErrors: false });
  };

  const place = (file, line, column) => {
    const cell = cells.get(file);
    // The function that tslab wraps around a cell is none of the cell's.
    if (cell === undefined || line > cell.lines) return undefined;
    cell.maps ??= [
      new SourceMap(JSON.parse(cell.second)),
      new SourceMap(JSON.parse(Buffer.from(cell.first, 'base64').toString())),
    ];
    let found = { originalLine: line - 1, originalColumn: column - 1 };
    if (line === 1) found.originalColumn = Math.max(0, column - 1 - cell.before);
    for (const map of cell.maps) {
      found = map.findEntry(found.originalLine, found.originalColumn);
      if (found.originalLine === undefined) return undefined;
    }
    const original = found.originalLine - LINES_BEFORE_CELL;
    return original < 0 ? undefined : (original + 1) + ':' + (found.originalColumn + 1);
  };
  const header = (error) => {
    try {
      return Error.prototype.toString.call(error);
    } catch {
      return 'Error';
    }
  };
  Error.prepareStackTrace = (error, frames) => {
    let last = -1;
    const lines = frames.map((frame, i) => {
      const file = frame.getFileName();
      const text = String(frame);
      if (!cells.has(file)) return text;
      const at = frame.getLineNumber() + ':' + frame.getColumnNumber();
      const mapped = place(file, frame.getLineNumber(), frame.getColumnNumber());
      if (mapped === undefined) return undefined;
      last = i;
      return text.replace(file + ':' + at, file + ':' + mapped);
    });
    const own = last < 0 ? lines : lines.slice(0, last + 1);
    return [header(error), ...own.filter((text) => text !== undefined).map((text) => '    at ' + text)].join('\\n');
  };
`;
