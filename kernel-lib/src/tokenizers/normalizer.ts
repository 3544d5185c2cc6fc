import { InputError, UsageError } from '../core/errors.ts';

/** One step that changes text before it is cut. */
export type NormalizerStep =
  'lowercase' | 'NFC' | 'NFD' | 'NFKC' | 'NFKD' | 'strip-left' | 'strip-right';

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

interface NormalizerJson {
  readonly type?: unknown;
  readonly normalizers?: unknown;
  readonly lowercase?: unknown;
  readonly strip_left?: unknown;
  readonly strip_right?: unknown;
}

/**
 * Steps of the `normalizer` of a `tokenizer.json`.
 *
 * @throws InputError naming a normalizer that is not supported
 */
export function readNormalizer(json: unknown, where: string): readonly NormalizerStep[] {
  if (json === null || json === undefined) return [];
  const { type, normalizers, lowercase, strip_left, strip_right } = json as NormalizerJson;
  const form = forms.find((name) => name === type);
  if (form !== undefined) return [form];
  if (type === 'Lowercase') return ['lowercase'];
  if (type === 'Sequence' && Array.isArray(normalizers)) {
    return normalizers.flatMap((each) => readNormalizer(each, where));
  }
  if (type === 'Strip') {
    const steps: NormalizerStep[] = [];
    if (strip_left === true) steps.push('strip-left');
    if (strip_right === true) steps.push('strip-right');
    return steps;
  }
  // What else it does, to accents, control codes and Chinese letters, no sequence has.
  if (type === 'BertNormalizer') return lowercase === true ? ['lowercase'] : [];
  throw new InputError({
    where: `${where}, normalizer`,
    found: `the type ${JSON.stringify(type)}, which is not supported`,
    expected: 'none, Lowercase, NFC, NFD, NFKC, NFKD, Strip, BertNormalizer or a Sequence of them',
  });
}

/** A text after its normalizer, and where its letters were before. */
export interface NormalizedText {
  readonly text: string;
  /** Letters cut off at the front; the others keep their places. */
  readonly shift: number;
  /** Whether the letters keep their places. */
  readonly aligned: boolean;
}

/** Normalizes a text. */
export function normalize(text: string, steps: readonly NormalizerStep[]): NormalizedText {
  let result = text;
  let shift = 0;
  let aligned = true;
  for (const step of steps) {
    const before = result;
    if (step === 'strip-left') {
      result = before.replace(/^\p{White_Space}+/u, '');
      shift += before.length - result.length;
    } else if (step === 'strip-right') {
      result = before.replace(/\p{White_Space}+$/u, '');
    } else {
      result = step === 'lowercase' ? before.toLowerCase() : before.normalize(step);
      // Plain letters keep their places; an accent may become a letter of its own.
      if (result.length !== before.length) aligned = false;
    }
  }
  return { text: result, shift, aligned };
}

/** @throws UsageError where offsets are asked for of a text whose letters lost their places */
export function requireAligned(normalized: NormalizedText): void {
  if (normalized.aligned) return;
  throw new UsageError({
    where: 'encodeWithOffsets',
    found: 'a text that the normalizer of this tokenizer makes longer or shorter',
    expected: 'a sequence of plain letters',
  });
}
