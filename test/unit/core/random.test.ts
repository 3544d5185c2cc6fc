import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';

describe('Random', () => {
  it('gives the same numbers for one seed and others for another', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (r) => () =>
            r.uint32()
        )(new Random(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('goes on from a saved state', () => {
    const random = new Random(3);
    random.uniform();
    const copy = new Random(random.state);
    expect([copy.uint32(), copy.uint32()]).toEqual([random.uint32(), random.uint32()]);
  });

  it('fills an array with the same numbers as one by one', () => {
    const [bulk, single] = [new Random(9), new Random(9)];
    const values = new Uint32Array(100);
    bulk.fillUint32(values);
    expect([...values]).toEqual(Array.from({ length: 100 }, () => single.uint32()));
    expect(bulk.state).toEqual(single.state);
  });

  it('is uniform, normal and shuffles fairly', () => {
    const random = new Random(1);
    const n = 20_000;
    let mean = 0;
    let square = 0;
    let uniform = 0;
    for (let i = 0; i < n; i++) {
      const value = random.normal();
      mean += value / n;
      square += (value * value) / n;
      uniform += random.uniform() / n;
    }
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(square - 1)).toBeLessThan(0.05);
    expect(Math.abs(uniform - 0.5)).toBeLessThan(0.01);
    const firsts = new Array<number>(4).fill(0);
    for (let i = 0; i < 4000; i++) firsts[random.permutation(4)[0] ?? 0]! += 1;
    for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('derives generators that do not depend on the order of their making', () => {
    const random = new Random(5);
    const second = random.derive(2).uint32();
    expect(random.derive(1).uint32()).not.toBe(second);
    expect(random.derive(2).uint32()).toBe(second);
  });
});
