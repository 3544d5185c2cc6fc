#!/usr/bin/env node
// A file that is there before the build, so that npm can link the command when it installs.
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.cjs', import.meta.url);
if (existsSync(cli)) {
  await import(cli.href);
} else {
  console.error('tatabox is not built yet: run `npm run setup` in its folder first.');
  process.exitCode = 4;
}
