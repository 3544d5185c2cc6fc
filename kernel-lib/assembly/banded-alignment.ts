/**
 * Local alignment with affine gaps within a band of diagonals, eight cells at a time along the
 * anti-diagonals: the cells of one need only cells of the two before, never each other (Wozniak
 * 1997, Bioinformatics 13:145). The band's even and odd diagonals lie in arrays of their own, since
 * one anti-diagonal meets only one kind; a cell finds the cell before it on its diagonal in its own
 * place, its upper and left neighbour in the other arrays at its own place or one beside.
 */
const STOP: i32 = 0;
const DIAGONAL: i32 = 1;
const FROM_ROW: i32 = 2;

// @ts-ignore: decorator
@inline
function matchesAt(query: usize, target: usize, queryEnd: usize, row: i32, place: i32): bool {
  const base = load<u8>(queryEnd - 1 - <usize>row);
  return base < 4 && base == load<u8>(target + <usize>place);
}

/**
 * @param query the query's letters backwards, with `stride + 16` letters ≥ 4 before and after
 * @param target letters, with as many before and after
 * @param offset target place minus query place of the first diagonal of the band
 * @param halfWidth the band has 2 × halfWidth + 1 diagonals
 * @param state room for `stateSize(halfWidth)` bytes
 * @param steps room for a byte for each cell: `stride` × (rows + places)
 * @param result seven numbers: score, matches, columns, first and end place in query and target
 * @returns the score; 0 where nothing is alike
 */
export function alignBanded(
  query: usize,
  rows: i32,
  target: usize,
  places: i32,
  offset: i32,
  halfWidth: i32,
  match: i32,
  mismatch: i32,
  gapOpen: i32,
  gapExtend: i32,
  state: usize,
  steps: usize,
  result: usize,
): i32 {
  const stride = (halfWidth + 8) & ~7;
  const last = offset + 2 * halfWidth;
  const first = offset > 0 ? offset : last < 0 ? -last : 0;
  const end = places - rows;
  const final =
    end > last
      ? 2 * (rows - 1) + last
      : end < offset
        ? 2 * (places - 1) - offset
        : rows + places - 2;
  if (final < first) return 0;

  // Of each kind of diagonal: scores, gaps along a row, gaps along a column, the best score and the
  // anti-diagonal of it, and a mask of the lanes that are in the band. Eight values lie between.
  const array = <usize>(stride + 16) << 1;
  const kind = array * 6;
  memory.fill(state, 0, kind * 2);
  const none = i16x8.splat(-16384);
  for (let parity: usize = 0; parity < 2; parity++) {
    const start = state + parity * kind;
    for (let at: usize = 0; at < array; at += 16) {
      v128.store(start + array + at, none);
      v128.store(start + 2 * array + at, none);
    }
    memory.fill(start + 5 * array + 16, 0xff, (<usize>halfWidth + 1 - parity) << 1);
  }

  const four = i16x8.splat(4);
  const gain = i16x8.splat(<i16>match);
  const loss = i16x8.splat(<i16>mismatch);
  const open = i16x8.splat(<i16>gapOpen);
  const extend = i16x8.splat(<i16>gapExtend);
  const zero = i16x8.splat(0);
  const one = i16x8.splat(1);
  const two = i16x8.splat(2);
  const three = i16x8.splat(3);
  const rowGoesOn = i16x8.splat(4);
  const columnGoesOn = i16x8.splat(8);
  for (let diagonal = first; diagonal <= final; diagonal++) {
    const parity = (diagonal + offset) & 1;
    const own = state + <usize>parity * kind + 16;
    const other = state + <usize>(1 - parity) * kind + 16;
    // One place back for the left neighbour of even diagonals, one on for the upper of odd ones.
    let left = other - (<usize>(1 - parity) << 1);
    let up = other + (<usize>parity << 1);
    let at = own;
    let queryAt = query + <usize>(rows - 1 - ((diagonal - parity - offset) >> 1));
    let targetAt = target + <usize>((diagonal + parity + offset) >> 1);
    let stepAt = steps + <usize>(diagonal - first) * <usize>stride;
    const now = i16x8.splat(<i16>diagonal);
    const stop = stepAt + <usize>((halfWidth + 8 - parity) & ~7);
    for (; stepAt < stop; stepAt += 8) {
      const bases = v128.load_ext<u8>(queryAt);
      const same = v128.and(
        i16x8.eq(bases, v128.load_ext<u8>(targetAt)),
        i16x8.lt_u(bases, four),
      );
      let score = i16x8.add(v128.load(at), v128.bitselect(gain, loss, same));

      const rowOpen = i16x8.add(v128.load(left), open);
      const rowBefore = v128.load(left + array);
      let step = v128.and(i16x8.gt_s(rowBefore, rowOpen), rowGoesOn);
      const rowGap = i16x8.add(i16x8.max_s(rowBefore, rowOpen), extend);
      v128.store(at + array, rowGap);

      const columnOpen = i16x8.add(v128.load(up), open);
      const columnBefore = v128.load(up + 2 * array);
      step = v128.or(step, v128.and(i16x8.gt_s(columnBefore, columnOpen), columnGoesOn));
      const columnGap = i16x8.add(i16x8.max_s(columnBefore, columnOpen), extend);
      v128.store(at + 2 * array, columnGap);

      let from = v128.bitselect(two, one, i16x8.gt_s(rowGap, score));
      score = i16x8.max_s(score, rowGap);
      from = v128.bitselect(three, from, i16x8.gt_s(columnGap, score));
      score = i16x8.max_s(i16x8.max_s(score, columnGap), zero);
      step = v128.or(step, v128.and(from, i16x8.gt_s(score, zero)));
      score = v128.and(score, v128.load(at + 5 * array));
      v128.store(at, score);
      store<u64>(stepAt, i64x2.extract_lane(i8x16.narrow_i16x8_u(step, step), 0));

      const best = v128.load(at + 3 * array);
      const better = i16x8.gt_s(score, best);
      v128.store(at + 3 * array, i16x8.max_s(best, score));
      v128.store(at + 4 * array, v128.bitselect(now, v128.load(at + 4 * array), better));

      at += 16;
      left += 16;
      up += 16;
      queryAt += 8;
      targetAt += 8;
    }
  }

  // Of equal scores, the one in the first row, then in the first place.
  let top = 0;
  let row = 0;
  let place = 0;
  for (let column = 0; column <= 2 * halfWidth; column++) {
    const at = state + <usize>(column & 1) * kind + 16 + (<usize>(column >> 1) << 1);
    const score = <i32>load<i16>(at + 3 * array);
    if (score == 0) continue;
    const diagonal = <i32>load<i16>(at + 4 * array);
    const ownRow = (diagonal - offset - column) >> 1;
    const ownPlace = (diagonal + offset + column) >> 1;
    if (score > top || (score == top && (ownRow < row || (ownRow == row && ownPlace < place)))) {
      top = score;
      row = ownRow;
      place = ownPlace;
    }
  }
  if (top == 0) return 0;

  store<i32>(result + 16, row + 1);
  store<i32>(result + 24, place + 1);
  const queryEnd = query + <usize>rows;
  let matches = 0;
  let columns = 0;
  while (row >= 0 && place >= 0) {
    let step = stepOf(steps, stride, first, offset, row, place);
    const from = step & 3;
    if (from == STOP) break;
    if (from == DIAGONAL) {
      if (matchesAt(query, target, queryEnd, row, place)) matches++;
      columns++;
      row--;
      place--;
      continue;
    }
    const goesOn = from == FROM_ROW ? 4 : 8;
    for (;;) {
      columns++;
      if (from == FROM_ROW) place--;
      else row--;
      if ((step & goesOn) == 0) break;
      step = stepOf(steps, stride, first, offset, row, place);
    }
  }
  store<i32>(result, top);
  store<i32>(result + 4, matches);
  store<i32>(result + 8, columns);
  store<i32>(result + 12, row + 1);
  store<i32>(result + 20, place + 1);
  return top;
}

// @ts-ignore: decorator
@inline
function stepOf(
  steps: usize,
  stride: i32,
  first: i32,
  offset: i32,
  row: i32,
  place: i32,
): i32 {
  return <i32>load<u8>(
    steps + <usize>(row + place - first) * <usize>stride + <usize>((place - row - offset) >> 1),
  );
}

/** Bytes that the state of a band takes. */
export function stateSize(halfWidth: i32): i32 {
  return 24 * (((halfWidth + 8) & ~7) + 16);
}
