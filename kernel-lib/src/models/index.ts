export type { Architecture, InputKind, ModelInput, SequenceInput } from './architecture.ts';
export {
  promoterRegions,
  type PromoterRegionsConfig,
  type RegionConfig,
} from './promoter-regions.ts';
export { architecture, architectureNames } from './registry.ts';
export {
  resolveArchitectureConfig,
  type ArchitectureChoice,
  type DataShape,
} from './resolve-config.ts';
export { xpresso, type XpressoConfig } from './xpresso.ts';
