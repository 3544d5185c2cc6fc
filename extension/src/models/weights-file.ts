/** The file of a model folder that its preview opens, by the names in it; undefined without weights. */
export function weightsFileOf(names: readonly string[]): string | undefined {
  const weights = names.filter((name) => name.endsWith('.safetensors')).sort();
  return weights.find((name) => name === 'model.safetensors') ?? weights[0];
}
