import { expect, test } from 'vitest';
import { importanceProfile } from '../../../kernel-lib/src/interpretation/importance-profile.ts';

const attribution = {
  count: 2,
  length: 5,
  start: 0,
  end: 5,
  contributions: Float32Array.of(1, -2, 3, 0, 0, 3, 2, 1, 0, -4),
};

test('means and standard errors by position, relative to the origin', () => {
  const profile = importanceProfile(attribution, { origin: 2 });
  expect([...profile.starts]).toEqual([-2, -1, 0, 1, 2]);
  expect([...profile.ends]).toEqual([-1, 0, 1, 2, 3]);
  expect([...profile.signed.mean]).toEqual([2, 0, 2, 0, -2]);
  expect([...profile.absolute.mean]).toEqual([2, 2, 2, 0, 2]);
  // Two values a, b: the standard error is |a − b| / 2.
  [1, 2, 1, 0, 2].forEach((e, i) => expect(profile.signed.standardError[i]).toBeCloseTo(e, 12));
  [1, 0, 1, 0, 2].forEach((e, i) => expect(profile.absolute.standardError[i]).toBeCloseTo(e, 12));
  expect([...profile.signed.position]).toEqual([-2, -1, 0, 1, 2]);
  expect(profile.count).toBe(2);
});

test('smoothing averages neighbours within each example, fewer at the ends', () => {
  const profile = importanceProfile(attribution, { smooth: 3 });
  const expected = [(-0.5 + 2.5) / 2, (2 / 3 + 2) / 2, (1 / 3 + 1) / 2, 0, -1];
  expected.forEach((value, i) => expect(profile.signed.mean[i]).toBeCloseTo(value, 6));
  expect(profile.absolute.mean[0]).toBeCloseTo((1.5 + 2.5) / 2, 6);
  expect(profile.absolute.standardError[0]).toBeCloseTo(0.5, 6);
});

test('bins, the last one shorter, and only the attributed part', () => {
  const profile = importanceProfile({ ...attribution, start: 1 }, { binSize: 3, origin: 1 });
  expect([...profile.starts]).toEqual([0, 3]);
  expect([...profile.ends]).toEqual([3, 4]);
  expect([...profile.absolute.position]).toEqual([1, 3]);
  expect(profile.signed.mean[0]).toBeCloseTo((1 / 3 + 1) / 2, 12);
  expect(profile.absolute.mean[1]).toBe(2);
});

test('one example has no standard error; bad options are named', () => {
  const one = { ...attribution, count: 1 };
  expect(importanceProfile(one).signed.standardError[0]).toBeNaN();
  expect(() => importanceProfile(one, { smooth: 4 })).toThrow(/odd width/);
  expect(() => importanceProfile(one, { bin: 4 } as object)).toThrow(/unknown option 'bin'/);
  expect(() => importanceProfile({ ...one, count: 0 })).toThrow(/no examples/);
});
