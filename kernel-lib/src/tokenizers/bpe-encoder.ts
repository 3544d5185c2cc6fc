/** Merges the symbols of one word to tokens. */
export interface BpeEncoder {
  /**
   * Encodes one word in place.
   *
   * @param symbols token ids of its letters; holds the ids of its tokens afterwards
   * @param count letters
   * @param lengths is given the number of letters of each token
   * @returns number of tokens
   */
  encode(symbols: Int32Array, count: number, lengths: Int32Array): number;
}
