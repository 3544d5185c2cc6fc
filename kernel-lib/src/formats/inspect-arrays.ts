import { openHdf5, type Hdf5File } from './hdf5.ts';
import { MOST_ROWS, type Inspection, type InspectedTensor } from './inspect-report.ts';
import { Tally, WholeNumberSummary } from './inspect-statistics.ts';
import { bytesText, countOf, shortened, someOf } from './inspect-views.ts';
import { isKeras3 } from './keras3-layers.ts';
import { readKerasWeights } from './keras-hdf5.ts';
import { withLocalFile } from './local-file.ts';
import { readNpy, type NpyTensor } from './npy.ts';
import { readNpz } from './npz.ts';
import { openSafetensors } from './safetensors-reader.ts';
import { decodeTfExample, type TfFeature } from './tf-example.ts';
import { streamTfRecords } from './tfrecord.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';
import { openZip } from './zip.ts';

/** Files up to this size have their values looked at, which means that all of them is read. */
const MOST_VALUE_BYTES = 1 << 28;
/** Things of an HDF5 file: its groups may contain each other. */
const MOST_NODES = 20_000;

/** Range and count of values that are not finite. */
function rangeOf(data: unknown): Pick<InspectedTensor, 'least' | 'largest' | 'notFinite'> {
  if (!ArrayBuffer.isView(data) || data instanceof DataView) return {};
  let least = Infinity;
  let largest = -Infinity;
  let notFinite = 0;
  for (const each of data as unknown as Iterable<number | bigint>) {
    const value = Number(each);
    if (!Number.isFinite(value)) notFinite++;
    else {
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  }
  return {
    ...(least <= largest ? { least, largest } : {}),
    ...(notFinite > 0 ? { notFinite } : {}),
  };
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

/** Facts about all arrays together. @param unit what their values are called */
function tensorFacts(
  inspection: Inspection,
  tensors: readonly InspectedTensor[],
  unit: 'values' | 'parameters',
): void {
  inspection.lists.tensors = tensors.slice(0, MOST_ROWS);
  inspection.records = tensors.length;
  inspection.fact('arrays', tensors.length);
  inspection.fact(
    unit,
    tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  );
  const types = new Tally();
  for (const { dtype } of tensors) types.add(dtype);
  inspection.fact('types', [...types.counts.keys()].join(', '));
  const notFinite = tensors.filter((tensor) => tensor.notFinite !== undefined);
  if (notFinite.length > 0) {
    const count = notFinite.reduce((sum, tensor) => sum + (tensor.notFinite ?? 0), 0);
    const names = someOf(notFinite.map(({ name }) => (name === '' ? 'the array' : name)));
    inspection.fact('NaN or infinite', `${countOf(count, 'value')} in ${names}`);
  }
}

const isLarge = (inspection: Inspection): boolean => (inspection.size ?? 0) > MOST_VALUE_BYTES;

function rowOf(name: string, { dtype, shape, data }: NpyTensor): InspectedTensor {
  return { name, dtype, shape, ...rangeOf(data) };
}

/** A NumPy array. */
export async function inspectNpy(inspection: Inspection): Promise<void> {
  const array = await readNpy(inspection.source, { integers: 'bigint' });
  inspection.fact('shape', array.shape.length === 0 ? 'scalar' : array.shape.join(' × '));
  tensorFacts(inspection, [rowOf('', array)], 'values');
  inspection.records = 1;
}

/** The arrays of an npz archive, one in memory at a time. */
export async function inspectNpz(inspection: Inspection): Promise<void> {
  const zip = await openZip(inspection.source);
  const names = zip.entries.map(({ name }) => name);
  await zip.close();
  const tensors: InspectedTensor[] = [];
  for (const name of names.filter((each) => each.endsWith('.npy'))) {
    await inspection.attempt(async () => {
      const key = name.slice(0, -'.npy'.length);
      const arrays = await readNpz(inspection.source, { names: [key], integers: 'bigint' });
      for (const [each, array] of arrays) tensors.push(rowOf(each, array));
    });
    await inspection.step(tensors.length, 'arrays');
  }
  tensorFacts(inspection, tensors, 'values');
  const others = names.filter((name) => !name.endsWith('.npy'));
  if (others.length > 0) inspection.fact('other files', someOf(others));
}

/** The tensors of a safetensors file, or of all files of a spread model. */
export async function inspectSafetensors(inspection: Inspection): Promise<void> {
  const reader = await openSafetensors(inspection.source);
  try {
    const tensors: InspectedTensor[] = [];
    const isIndex = inspection.name.endsWith('.json');
    const looksAtValues = !isIndex && !isLarge(inspection);
    for (const name of reader.names) {
      const described = { name, ...reader.describe(name) };
      await inspection.attempt(async () => {
        const range = looksAtValues ? rangeOf((await reader.read(name)).data) : {};
        tensors.push({ ...described, ...range });
      });
      await inspection.step(tensors.length, 'tensors');
    }
    tensorFacts(inspection, tensors, 'parameters');
    if (!looksAtValues) inspection.fact('ranges', 'not looked at: the values were not read');
    metadataFacts(inspection, reader.metadata);
  } finally {
    await reader.close();
  }
}

function metadataFacts(inspection: Inspection, metadata: Readonly<Record<string, string>>): void {
  const entries = Object.entries(metadata);
  for (const [key, value] of entries.slice(0, 8)) {
    inspection.fact(`metadata ${shortened(key, 24)}`, shortened(value, 60));
  }
  if (entries.length > 8) inspection.fact('more metadata', entries.length - 8);
}

/** A PyTorch checkpoint; nothing of it is run. */
export async function inspectTorch(inspection: Inspection): Promise<void> {
  const { tensors, values } = await readTorchCheckpoint(inspection.source);
  const rows = [...tensors].map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    ...rangeOf(data),
  }));
  tensorFacts(inspection, rows, 'parameters');
  inspection.fact('other values', values.size);
  for (const [name, value] of [...values].slice(0, 8)) {
    inspection.fact(`value ${shortened(name, 24)}`, shortened(String(value), 60));
  }
}

/** A Keras model: an archive of Keras 3, or an HDF5 file of any version. */
export async function inspectKeras(inspection: Inspection): Promise<void> {
  const { layers, kerasVersion, backend, modelConfig } = await readKerasWeights(inspection.source);
  inspection.fact('Keras', kerasVersion ?? 'version not said');
  inspection.fact('backend', backend);
  const { class_name: kind, config } = (modelConfig ?? {}) as {
    readonly class_name?: unknown;
    readonly config?: { readonly name?: unknown };
  };
  if (typeof kind === 'string') {
    const name = typeof config?.name === 'string' ? ` '${shortened(config.name)}'` : '';
    inspection.fact('model', `${shortened(kind)}${name}`);
  } else inspection.fact('model', 'weights only, without its description');
  const weighted = layers.filter(({ weights }) => weights.length > 0);
  inspection.fact('layers', `${String(layers.length)}, ${String(weighted.length)} with weights`);
  const rows = weighted.flatMap((layer) =>
    layer.weights.map(({ name, shape, data }) => ({
      name: name.startsWith(`${layer.name}/`) ? name : `${layer.name}: ${name}`,
      dtype: 'float32',
      shape,
      ...rangeOf(data),
    })),
  );
  tensorFacts(inspection, rows, 'parameters');
}

/** The data sets of an HDF5 file; of one that Keras wrote, its layers. */
export async function inspectHdf5(inspection: Inspection): Promise<void> {
  const isKeras = await withLocalFile(inspection.source, async (path) => {
    const file = await openHdf5(path);
    try {
      const root = file.has('model_weights') ? 'model_weights' : '/';
      if (
        ['layer_names', 'layer_names0'].some((name) => file.attributeNames(root).includes(name))
      ) {
        return true;
      }
      if (isKeras3(file)) return true;
      inspectNodes(inspection, file);
      return false;
    } finally {
      file.close();
    }
  });
  if (!isKeras) return;
  inspection.format = 'keras';
  await inspectKeras(inspection);
}

function inspectNodes(inspection: Inspection, file: Hdf5File): void {
  const tensors: InspectedTensor[] = [];
  let groups = 0;
  const waiting: string[] = [...namesIn(file, '/')].reverse();
  let seen = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const path = name;
    if (++seen > MOST_NODES) {
      inspection.problem({
        where: inspection.name,
        found: `more than ${MOST_NODES.toLocaleString('en-US')} groups and data sets`,
        expected: 'groups that do not contain each other',
      });
      break;
    }
    try {
      if (file.isGroup(path)) {
        groups++;
        for (const child of namesIn(file, path).reverse()) waiting.push(child);
      } else tensors.push({ name: path, ...file.describe(path) });
    } catch (error) {
      inspection.caught(error);
    }
  }
  inspection.fact('groups', groups);
  tensorFacts(inspection, tensors, 'values');
  const attributes = file.attributeNames();
  if (attributes.length > 0) inspection.fact('attributes', someOf(attributes, 8));
}

function namesIn(file: Hdf5File, group: string): string[] {
  return file.keys(group).map((name) => (group === '/' ? name : `${group}/${name}`));
}

function featureText(feature: TfFeature | undefined): string {
  if (feature instanceof Float32Array) return countOf(feature.length, 'float');
  if (feature instanceof BigInt64Array) return countOf(feature.length, 'integer');
  const list = feature as readonly Uint8Array[] | undefined;
  const [first] = list ?? [];
  if (list === undefined || first === undefined) return 'nothing';
  const size = bytesText(first.length);
  return list.length === 1 ? size : `${countOf(list.length, 'value')}, the first of ${size}`;
}

/** The records of a TFRecord file, and the features of the first. */
export async function inspectTfRecord(inspection: Inspection): Promise<void> {
  const lengths = new WholeNumberSummary();
  let first: Uint8Array | undefined;
  await inspection.attempt(async () => {
    for await (const record of streamTfRecords(inspection.source)) {
      first ??= record;
      lengths.add(record.length);
      await inspection.step(lengths.count, 'records');
    }
  });
  inspection.records = lengths.count;
  inspection.fact('records', lengths.count);
  inspection.fact('lengths', lengths.text(' bytes'));
  if (first === undefined) {
    if (inspection.isFine) inspection.problem({ where: inspection.name, found: 'no records' });
    return;
  }
  const bytes = first;
  try {
    const features = decodeTfExample(bytes, `${inspection.name}, record 0`);
    inspection.fact('features', features.size === 0 ? 'none' : features.size);
    for (const [name, feature] of [...features].slice(0, 20)) {
      inspection.fact(`feature ${shortened(name, 24)}`, featureText(feature));
    }
  } catch (error) {
    // Records may be anything: that they are no examples is nothing wrong.
    if (!(error instanceof Error)) throw error;
    inspection.fact('records are', 'no tf.train.Example');
  }
}
