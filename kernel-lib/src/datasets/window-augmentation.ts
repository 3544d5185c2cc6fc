import { UsageError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { DNA } from '../sequence/alphabet.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import type { InputValues } from './dataset.ts';

/** How training changes the windows of a genome. Nothing is changed where examples are only predicted. */
export interface WindowAugmentation {
  /** Shifts the window by a uniform whole number of bases in [−maxShift, +maxShift]. Default 0. */
  readonly maxShift?: number;
  /** Takes the other strand for half of the draws. Default false. */
  readonly reverseComplement?: boolean;
  /** Replaces this share of the bases by random ones. Default 0. */
  readonly mutationRate?: number;
  /** Makes this share of the bases unknown. Default 0. */
  readonly maskRate?: number;
}

/** Fills in the defaults and checks the values. */
export function resolveAugmentation({
  maxShift = 0,
  reverseComplement = false,
  mutationRate = 0,
  maskRate = 0,
}: WindowAugmentation): Required<WindowAugmentation> {
  checkWholeNumber(maxShift, 'option maxShift', 0);
  for (const [name, rate] of Object.entries({ mutationRate, maskRate })) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new UsageError({
        where: `option ${name}`,
        found: String(rate),
        expected: 'a share from 0 to 1',
      });
    }
  }
  return { maxShift, reverseComplement, mutationRate, maskRate };
}

/** A copy with some bases replaced by random ones and some made unknown. */
export function perturbBases<T extends InputValues>(
  values: T,
  { mutationRate, maskRate }: { readonly mutationRate: number; readonly maskRate: number },
  random: Random,
): T {
  const draws = new Uint32Array(values.length);
  random.fillUint32(draws);
  const masked = maskRate * 4294967296;
  const mutated = masked + (1 - maskRate) * mutationRate * 4294967296;
  const copy = values.slice() as T;
  for (let i = 0; i < copy.length; i++) {
    const draw = draws[i] as number;
    // The lowest bits choose the base: the size of the draw has decided that there is one to choose.
    if (draw < masked) copy[i] = DNA.unknownToken;
    else if (draw < mutated) copy[i] = draw & 3;
  }
  return copy;
}
