import {
  PickleGlobal,
  PickleObject,
  PickleRefusal,
  PickleTuple,
  type PickleRules,
  type PickleValue,
} from './pickle.ts';
import {
  storageTypes,
  type StorageDescription,
  type TensorDescription,
  type TorchDtype,
} from './torch-storage.ts';

const storageClasses: Readonly<Record<string, TorchDtype>> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.ShortStorage': 'int16',
  'torch.IntStorage': 'int32',
  'torch.LongStorage': 'int64',
  'torch.BoolStorage': 'bool',
  'torch.storage.UntypedStorage': 'uint8',
};

const functions = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_parameter',
  'torch.Size',
  'torch.device',
]);

const LARGEST_RANK = 64;

/** A type that a pickle names, such as torch.float32. */
interface NamedDtype {
  readonly namedDtype: TorchDtype;
}

/** What the pickle of a checkpoint may name and call: see torch/_utils.py and torch/serialization.py. */
export class TorchRules implements PickleRules {
  /** Storages that were named so far. */
  readonly storages = new Map<string, StorageDescription>();

  global(name: string): PickleValue {
    if (functions.has(name) || Object.hasOwn(storageClasses, name)) return new PickleGlobal(name);
    const dtype = name.startsWith('torch.') ? name.slice('torch.'.length) : '';
    if (Object.hasOwn(storageTypes, dtype)) {
      return new PickleObject<NamedDtype>({ namedDtype: dtype as TorchDtype });
    }
    throw new PickleRefusal(`the class or function '${name.slice(0, 200)}', which is not allowed`);
  }

  persistent(id: PickleValue): PickleValue {
    const [kind, type, key] = id instanceof PickleTuple ? id.items : [];
    const dtype = type instanceof PickleGlobal ? storageClasses[type.name] : undefined;
    if (kind !== 'storage' || dtype === undefined || typeof key !== 'string') {
      throw new PickleRefusal('a reference to what is no storage');
    }
    const view = (id as PickleTuple).items[5] ?? null;
    if (view !== null) throw new PickleRefusal('a storage that is a view of another');
    const known = this.storages.get(key);
    if (known !== undefined && known.dtype !== dtype) {
      throw new PickleRefusal(`the storage '${key}' with two types`);
    }
    const storage = known ?? { key, dtype };
    this.storages.set(key, storage);
    return new PickleObject(storage);
  }

  call(callable: PickleGlobal, args: readonly PickleValue[]): PickleValue {
    switch (callable.name) {
      case 'collections.OrderedDict':
        return orderedDict(args);
      case 'torch._utils._rebuild_parameter':
        if (!(args[0] instanceof PickleObject)) throw new PickleRefusal('a parameter of no tensor');
        return args[0];
      case 'torch.Size':
      case 'torch.device':
        return args[0] ?? null;
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return rebuildTensor(args, undefined);
      case 'torch._utils._rebuild_tensor_v3':
        return rebuildTensor(args, args[6]);
      default:
        throw new PickleRefusal(`a call of '${callable.name}'`);
    }
  }
}

function orderedDict(args: readonly PickleValue[]): PickleValue {
  const dict = new Map<PickleValue, PickleValue>();
  const items = args[0] ?? [];
  if (!Array.isArray(items)) throw new PickleRefusal('an OrderedDict of what is no list');
  for (const item of items) {
    const pair = item instanceof PickleTuple ? item.items : item;
    if (!Array.isArray(pair) || pair.length !== 2) throw new PickleRefusal('a key without value');
    dict.set(pair[0] as PickleValue, pair[1] as PickleValue);
  }
  return dict;
}

function rebuildTensor(args: readonly PickleValue[], type: PickleValue | undefined): PickleValue {
  const [storageObject, offset, size, stride] = args;
  const storage = storageObject instanceof PickleObject ? storageObject.value : undefined;
  const shape = counts(size);
  const strides = counts(stride);
  if (!isStorage(storage) || !isCount(offset) || shape === undefined || strides === undefined) {
    throw new PickleRefusal('a tensor without storage, place, shape and strides');
  }
  if (shape.length !== strides.length || shape.length > LARGEST_RANK) {
    throw new PickleRefusal(
      `a tensor of ${String(shape.length)} dimensions with ${String(strides.length)} strides`,
    );
  }
  let { dtype } = storage;
  if (type !== undefined) {
    const named = type instanceof PickleObject ? (type.value as Partial<NamedDtype>) : {};
    if (named.namedDtype === undefined) throw new PickleRefusal('a tensor of an unknown type');
    dtype = named.namedDtype;
  }
  const tensor: TensorDescription = { storage, dtype, offset, shape, strides };
  return new PickleObject(tensor);
}

function isStorage(value: unknown): value is StorageDescription {
  return typeof value === 'object' && value !== null && 'key' in value;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(value: PickleValue | undefined): number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : value;
  return Array.isArray(items) && items.every(isCount) ? [...items] : undefined;
}
