import type { ModelFact } from './model-fact.ts';
import type { FactSection } from './model-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Letters of a value that are shown, and lines of a section. */
const LONGEST = 300;
const MOST = 200;

function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((each) => typeof each !== 'object')
        ? value.join(', ')
        : (JSON.stringify(value) ?? '');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Settings as lines; keys of mappings inside are joined by points. */
function settings(value: unknown, prefix = '', depth = 0): ModelFact[] {
  return Object.entries(fieldsOf(value)).flatMap(([key, each]): ModelFact[] => {
    const name = `${prefix}${key}`;
    const inner = fieldsOf(each);
    if (Object.keys(inner).length > 0 && depth < 3) return settings(inner, `${name}.`, depth + 1);
    const items = listOf(each);
    if (items.length > 0 && items.length <= 20 && items.every((item) => 'name' in fieldsOf(item))) {
      return items.map((item): ModelFact => {
        const { name: own, ...rest } = fieldsOf(item);
        return [`${name}: ${shown(own)}`, shown(rest).replaceAll(/["{}]/g, '')];
      });
    }
    return [[name, shown(each)]];
  });
}

function inputs(config: Fields): ModelFact[] {
  const { inputs: given, outputs, window, alphabet } = config;
  const { upstream, downstream } = fieldsOf(window);
  const { letters, unknown } = fieldsOf(alphabet);
  return [
    ...listOf(given).map((each): ModelFact => {
      const { name, kind, shape } = fieldsOf(each);
      return [`input ${shown(name)}`, `${shown(kind)}, ${listOf(shape).join(' × ')}`];
    }),
    ...listOf(outputs).map((each): ModelFact => {
      const { name, description } = fieldsOf(each);
      return [`output ${shown(name)}`, description === undefined ? '' : shown(description)];
    }),
    ...(upstream === undefined
      ? []
      : [
          [
            'window',
            `${shown(upstream)} bases before, ${shown(downstream)} behind the start of transcription`,
          ] as const,
        ]),
    ...(letters === undefined
      ? []
      : [['alphabet', `${shown(letters)}; unknown bases: ${shown(unknown)}`] as const]),
  ];
}

/** How targets and features were scaled. */
function scaling(preprocessing: Fields): FactSection[] {
  const target = settings(preprocessing['target']);
  const features = Object.values(fieldsOf(preprocessing['features'])).flatMap((each) => {
    const { columns, scaler } = fieldsOf(each);
    const { means, deviations, standardDeviations } = fieldsOf(scaler);
    const spread = listOf(deviations ?? standardDeviations);
    return listOf(columns).map((given, index): ModelFact => {
      const { column, transform, pseudocount, missing } = fieldsOf(given);
      const mean = listOf(means)[index];
      const parts = [
        shown(transform ?? 'none'),
        pseudocount === undefined || pseudocount === 0 ? '' : `pseudocount ${shown(pseudocount)}`,
        missing === undefined ? '' : `missing: ${shown(missing)}`,
        typeof mean === 'number' ? `mean ${mean.toPrecision(4)}` : '',
        typeof spread[index] === 'number' ? `deviation ${spread[index].toPrecision(4)}` : '',
      ];
      return [shown(column), parts.filter((part) => part !== '').join(', ')];
    });
  });
  return [
    { title: 'Target', facts: target },
    { title: 'Features', facts: features },
  ];
}

/** Keys that stand in sections of their own, or are paths of the machine that trained. */
const ELSEWHERE = new Set([
  'library',
  'library_version',
  'model_type',
  'architecture',
  'members',
  'alphabet',
  'inputs',
  'outputs',
  'window',
  'preprocessing',
  '_name_or_path',
]);

/** What `config.json` says, in sections; empty ones are left out. */
export function modelFacts(config: unknown): FactSection[] {
  const fields = fieldsOf(config);
  const { library, library_version: version, model_type: type, members, architecture } = fields;
  const general: ModelFact[] = [
    ...(type === undefined ? [] : [['architecture', shown(type)] as const]),
    ...(typeof members === 'number' && members > 1
      ? [['networks', `${String(members)}, whose predictions are averaged`] as const]
      : []),
    ...(library === undefined
      ? []
      : [['written by', `${shown(library)} ${shown(version ?? '')}`.trim()] as const]),
  ];
  const others = Object.fromEntries(Object.entries(fields).filter(([key]) => !ELSEWHERE.has(key)));
  return [
    { title: 'Model', facts: general },
    { title: 'Inputs and outputs', facts: inputs(fields) },
    ...scaling(fieldsOf(fields['preprocessing'])),
    { title: 'Settings of the architecture', facts: settings(architecture) },
    { title: 'Other settings', facts: settings(others) },
  ]
    .map(({ title, facts }) => ({ title, facts: facts.slice(0, MOST) }))
    .filter(({ facts }) => facts.length > 0);
}

/** What a `tokenizer.json` says of itself. */
export function tokenizerFacts(tokenizer: unknown): ModelFact[] {
  const { model, truncation, added_tokens: added } = fieldsOf(tokenizer);
  const { type, vocab, merges } = fieldsOf(model);
  const words = Array.isArray(vocab) ? vocab.length : Object.keys(fieldsOf(vocab)).length;
  const special = listOf(added)
    .map((each) => fieldsOf(each)['content'])
    .filter((each) => typeof each === 'string');
  const length = fieldsOf(truncation)['max_length'];
  return [
    ...(type === undefined ? [] : [['kind', shown(type)] as const]),
    ['vocabulary', `${words.toLocaleString('en-US')} tokens`],
    ...(Array.isArray(merges) ? [['merges', merges.length.toLocaleString('en-US')] as const] : []),
    ...(special.length === 0 ? [] : [['special tokens', shown(special.slice(0, 30))] as const]),
    ...(length === undefined ? [] : [['longest input', `${shown(length)} tokens`] as const]),
  ];
}
