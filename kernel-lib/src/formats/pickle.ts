import { InputError } from '../core/errors.ts';
import { PickleBytes } from './pickle-bytes.ts';

/** A Python tuple; lists are arrays. */
export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A class or function that a pickle names; it is only a name, nothing is loaded. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What the caller made of a call, a persistent id or a name. */
export class PickleObject<T = unknown> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

/** A value of a pickle. None is null; int beyond 2^53 is a bigint; dict is a Map. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleGlobal
  | PickleObject
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>;

/** What a pickle may do. */
export interface PickleRules {
  /** Decides on a class or function by its name, `module.name`; throws what is not allowed. */
  global(name: string): PickleValue;
  /** The result of calling an allowed class or function (REDUCE, NEWOBJ). */
  call(callable: PickleGlobal, args: readonly PickleValue[]): PickleValue;
  /** The object of a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

/** Thrown by {@link PickleRules} with what was found; it becomes an `InputError` with the place. */
export class PickleRefusal extends Error {}

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

/** A pickle that was read, and where it ends. */
export interface PickleResult {
  readonly value: PickleValue;
  /** Byte behind it. */
  readonly end: number;
}

/**
 * Reads a Python pickle (pickletools of CPython, protocols 0 to 5) without running anything: opcodes,
 * classes and functions that are not on the list of the caller are refused by name. Memory is bounded
 * by the bytes of the pickle.
 *
 * @param start byte where the pickle begins
 * @throws InputError with the byte and the opcode
 */
export function readPickle(
  bytes: Uint8Array,
  rules: PickleRules,
  where: string,
  start = 0,
): PickleResult {
  return new PickleMachine(bytes, rules, where, start).run();
}

class PickleMachine {
  readonly #bytes: PickleBytes;
  readonly #rules: PickleRules;
  readonly #where: string;
  #opcodeAt: number;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, rules: PickleRules, where: string, start: number) {
    this.#bytes = new PickleBytes(bytes, start, (found) => this.#broken(found));
    this.#rules = rules;
    this.#where = where;
    this.#opcodeAt = start;
  }

  run(): PickleResult {
    for (;;) {
      this.#opcodeAt = this.#bytes.at;
      const opcode = this.#bytes.take(1)[0] ?? 0;
      if (opcode === 0x2e) {
        const value = this.#pop();
        return { value, end: this.#bytes.at };
      }
      try {
        this.#step(opcode);
      } catch (error) {
        if (error instanceof PickleRefusal) throw this.#broken(error.message);
        throw error;
      }
    }
  }

  #step(opcode: number): void {
    switch (String.fromCharCode(opcode)) {
      case '\x80': {
        const protocol = this.#bytes.take(1)[0] ?? 0;
        if (protocol > 5) throw this.#broken(`pickle protocol ${String(protocol)}`);
        return;
      }
      case '\x95': // FRAME: the bytes follow as they are
        this.#bytes.length(8);
        return;
      case '(':
        this.#stack.push(MARK);
        return;
      case '0':
        this.#pop();
        return;
      case '1':
        this.#popMark();
        return;
      case '2':
        this.#stack.push(this.#top());
        return;
      case 'N':
        this.#stack.push(null);
        return;
      case '\x88':
        this.#stack.push(true);
        return;
      case '\x89':
        this.#stack.push(false);
        return;
      case 'J':
        this.#stack.push(this.#bytes.take(4).readInt32LE());
        return;
      case 'K':
        this.#stack.push(this.#bytes.take(1)[0] ?? 0);
        return;
      case 'M':
        this.#stack.push(this.#bytes.take(2).readUInt16LE());
        return;
      case '\x8a':
        this.#stack.push(this.#bytes.long(this.#bytes.length(1)));
        return;
      case '\x8b':
        this.#stack.push(this.#bytes.long(this.#bytes.length(4)));
        return;
      case 'I':
      case 'L':
        this.#stack.push(this.#bytes.textInteger());
        return;
      case 'F': {
        const text = this.#bytes.line();
        const value =
          text === 'nan'
            ? NaN
            : text === 'inf'
              ? Infinity
              : text === '-inf'
                ? -Infinity
                : Number(text);
        if (text === '' || (Number.isNaN(value) && text !== 'nan'))
          throw this.#broken(`the number '${text}'`);
        this.#stack.push(value);
        return;
      }
      case 'G':
        this.#stack.push(this.#bytes.take(8).readDoubleBE());
        return;
      case 'X':
        this.#stack.push(this.#bytes.utf8(this.#bytes.length(4)));
        return;
      case '\x8c':
        this.#stack.push(this.#bytes.utf8(this.#bytes.length(1)));
        return;
      case '\x8d':
        this.#stack.push(this.#bytes.utf8(this.#bytes.length(8)));
        return;
      case 'V':
        this.#stack.push(this.#bytes.line());
        return;
      case 'U':
        this.#stack.push(this.#bytes.take(this.#bytes.length(1)).toString('latin1'));
        return;
      case 'T':
        this.#stack.push(this.#bytes.take(this.#bytes.length(4)).toString('latin1'));
        return;
      case 'C':
        this.#stack.push(new Uint8Array(this.#bytes.take(this.#bytes.length(1))));
        return;
      case 'B':
        this.#stack.push(new Uint8Array(this.#bytes.take(this.#bytes.length(4))));
        return;
      case '\x8e':
        this.#stack.push(new Uint8Array(this.#bytes.take(this.#bytes.length(8))));
        return;
      case ')':
        this.#stack.push(new PickleTuple([]));
        return;
      case 't':
        this.#stack.push(new PickleTuple(this.#popMark()));
        return;
      case '\x85':
      case '\x86':
      case '\x87':
        this.#stack.push(new PickleTuple(this.#popMany(opcode - 0x84)));
        return;
      case ']':
        this.#stack.push([]);
        return;
      case 'l':
        this.#stack.push(this.#popMark());
        return;
      case 'a': {
        const value = this.#pop();
        this.#list().push(value);
        return;
      }
      case 'e': {
        const values = this.#popMark();
        const list = this.#list();
        for (const value of values) list.push(value);
        return;
      }
      case '}':
        this.#stack.push(new Map());
        return;
      case 'd':
        this.#stack.push(this.#fill(new Map(), this.#popMark()));
        return;
      case 's': {
        const items = this.#popMany(2);
        this.#fill(this.#dict(), items);
        return;
      }
      case 'u': {
        const items = this.#popMark();
        this.#fill(this.#dict(), items);
        return;
      }
      case '\x8f':
        this.#stack.push(new Set());
        return;
      case '\x90': {
        const values = this.#popMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw this.#broken('items for what is no set');
        for (const value of values) set.add(value);
        return;
      }
      case 'p':
        this.#memo.set(this.#memoIndex(this.#bytes.line()), this.#top());
        return;
      case 'q':
        this.#memo.set(this.#bytes.take(1)[0] ?? 0, this.#top());
        return;
      case 'r':
        this.#memo.set(this.#bytes.take(4).readUInt32LE(), this.#top());
        return;
      case '\x94':
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 'g':
        this.#recall(this.#memoIndex(this.#bytes.line()));
        return;
      case 'h':
        this.#recall(this.#bytes.take(1)[0] ?? 0);
        return;
      case 'j':
        this.#recall(this.#bytes.take(4).readUInt32LE());
        return;
      case 'c': {
        const module = this.#bytes.line();
        this.#stack.push(this.#rules.global(`${module}.${this.#bytes.line()}`));
        return;
      }
      case '\x93': {
        const [module, name] = this.#popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw this.#broken('a class whose name is no text');
        }
        this.#stack.push(this.#rules.global(`${module}.${name}`));
        return;
      }
      case 'R':
      case '\x81': {
        const [callable, args] = this.#popMany(2);
        if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
          throw this.#broken('a call of what is no class or function');
        }
        this.#stack.push(this.#rules.call(callable, args.items));
        return;
      }
      case 'b': {
        // torch keeps `_metadata` of an OrderedDict so: the versions of modules, no weights.
        this.#pop();
        if (!(this.#top() instanceof Map)) throw this.#broken('an object with a state of its own');
        return;
      }
      case 'Q':
        this.#stack.push(this.#rules.persistent(this.#pop()));
        return;
      case 'P':
        this.#stack.push(this.#rules.persistent(this.#bytes.line()));
        return;
      default:
        throw this.#broken(`the opcode 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }

  #broken(found: string): InputError {
    return new InputError({
      where: `${this.#where}, byte ${String(this.#opcodeAt)} of the pickle`,
      found,
      expected: 'tensors, numbers, texts, lists and dicts only',
      fix: 'Nothing of it was run. In Python, save model.state_dict() alone.',
    });
  }

  #memoIndex(line: string): number {
    if (!/^\d{1,10}$/.test(line)) throw this.#broken(`the memo '${line.slice(0, 40)}'`);
    return Number(line);
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#broken(`an unknown memo ${String(index)}`);
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#broken('a missing value');
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#broken('a missing value');
    return value;
  }

  #popMany(count: number): PickleValue[] {
    const values: PickleValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#pop());
    return values.reverse();
  }

  #popMark(): PickleValue[] {
    const place = this.#stack.lastIndexOf(MARK);
    if (place < 0) throw this.#broken('a missing mark');
    const values = this.#stack.slice(place + 1) as PickleValue[];
    this.#stack.length = place;
    return values;
  }

  #list(): PickleValue[] {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#broken('items for what is no list');
    return list;
  }

  #dict(): Map<PickleValue, PickleValue> {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#broken('items for what is no dict');
    return dict;
  }

  #fill(
    dict: Map<PickleValue, PickleValue>,
    items: readonly PickleValue[],
  ): Map<PickleValue, PickleValue> {
    if (items.length % 2 === 1) throw this.#broken('a key without value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
    return dict;
  }
}
