import manifest from '../../package.json' with { type: 'json' };

/** Version of this library, written into every model folder. */
export const LIBRARY_VERSION: string = manifest.version;
