/** The order of the rooms: a room imports only from rooms above it (docs/architecture.md). */
const rooms = [
  'core',
  'sequence',
  'formats',
  'tokenizers',
  'backend',
  'layers',
  'models',
  'datasets',
  'training',
  'prediction',
  'evaluation',
  'interpretation',
  'plots',
  'hub',
  'preparation',
  'runs',
  'notebook',
  'cli',
];
const doors = new Set(['notebook', 'cli']);

const order = rooms.slice(0, -1).map((room, index) => ({
  name: `${room}-imports-only-from-above`,
  severity: 'error',
  from: { path: `^kernel-lib/src/${room}/` },
  to: {
    path: `^kernel-lib/src/(${rooms.slice(index + 1).join('|')})/`,
  },
}));

/** Rooms that load no TensorFlow.js, so that the VS Code extension can bundle them. */
const light = 'core|sequence|formats|tokenizers|hub|preparation|runs/schema|runs/status';
const withoutTensorFlow = {
  name: 'no-tensorflow-here',
  severity: 'error',
  from: { path: `^(kernel-lib/src/(${light})|extension/src)` },
  to: { path: 'node_modules/@tensorflow', reachable: true },
};

/** The extension and its pages. */
const extension = [
  {
    name: 'extension-takes-light-rooms',
    severity: 'error',
    from: { path: '^extension/src/' },
    // Of the notebook room the two files that say what a notebook and a kernel's messages are
    to: {
      path: `^kernel-lib/src/(?!(${light})/)`,
      pathNot: '^kernel-lib/src/notebook/(notebook-file|kernel-protocol)\\.ts$',
    },
  },
  {
    name: 'library-knows-no-extension',
    severity: 'error',
    from: { path: '^kernel-lib/src/' },
    to: { path: '^extension/' },
  },
  {
    name: 'pages-know-no-host',
    severity: 'error',
    from: { path: '^extension/src/(webviews|[^/]+/(webview|renderer))/' },
    to: { path: '^(extension/src/host/|vscode$|fs|path|os|child_process|crypto)' },
  },
];

module.exports = {
  forbidden: [
    ...order,
    withoutTensorFlow,
    ...extension,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'doors-stay-apart',
      severity: 'error',
      from: { path: `^kernel-lib/src/(${[...doors].join('|')})/` },
      to: { path: '^kernel-lib/src/index' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
