// Stands in for vega-canvas: figures are rendered as SVG, for which no canvas is needed.
export const domCanvas = () => null;
export const canvas = () => null;
export const image = () => null;
