/**
 * 16-bit floating-point numbers, which JavaScript lacks, to and from float32. All conversions work
 * on bits, so that every value, NaN payloads included, survives the way there and back.
 */

/** Values of IEEE 754 binary16 bits. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (const [i, half] of bits.entries()) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) words[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) words[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else values[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24; // zero and subnormal numbers
  }
  return values;
}

/** IEEE 754 binary16 bits of values, rounded to nearest, ties to even; too large becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x7f800000) {
      const payload = (magnitude >>> 13) & 0x3ff;
      const isNaN = magnitude > 0x7f800000;
      return sign | 0x7c00 | (isNaN && payload === 0 ? 0x200 : payload);
    }
    if (magnitude >= 0x38800000) {
      // A carry out of the fraction goes into the exponent, and from the largest to infinity.
      const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1);
      return sign | Math.min(rounded >>> 13, 0x7c00);
    }
    const units = Math.abs(values[i] ?? 0) * 2 ** 24; // below the smallest normal number
    const floor = Math.floor(units);
    const remainder = units - floor;
    const up = remainder > 0.5 || (remainder === 0.5 && floor % 2 === 1);
    return sign | (floor + (up ? 1 : 0));
  });
}

/** Values of bfloat16 bits. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (const [i, half] of bits.entries()) words[i] = half << 16;
  return values;
}

/** bfloat16 bits of values, rounded to nearest, ties to even. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) {
      const top = word >>> 16;
      return (top & 0x7f) === 0 ? top | 0x40 : top; // a NaN stays one
    }
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}
