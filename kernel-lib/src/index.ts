export * from './core/errors.ts';
export * from './core/random.ts';
export * from './core/progress.ts';
export * from './core/display.ts';
export * from './core/table-view.ts';
