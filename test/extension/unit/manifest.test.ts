// The manifest and the code agree: nothing is offered that does nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const extension = fileURLToPath(new URL('../../../extension', import.meta.url));

interface Manifest {
  readonly main: string;
  readonly browser: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly keybindings: readonly { readonly command: string }[];
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string; icon?: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly completionEvents?: readonly string[];
        readonly media: Readonly<Record<string, string>>;
      }[];
    }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly languages: readonly {
      readonly configuration?: string;
      readonly icon?: { readonly light: string; readonly dark: string };
    }[];
  };
}

const manifest = JSON.parse(readFileSync(path.join(extension, 'package.json'), 'utf8')) as Manifest;
const { contributes } = manifest;
const sources = readdirSync(path.join(extension, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(path.join(extension, 'src', file), 'utf8'))
  .join('\n');
const known = contributes.commands.map(({ command }) => command);

describe('the manifest of the extension', () => {
  it('offers only commands that the code registers', () => {
    const missing = known.filter((command) => {
      const name = command.replace(/^tatabox\./, '');
      const inHub = `registerHubCommand('${name.replace(/^hub\./, '')}'`;
      return (
        !sources.includes(`registerCommand('${name}'`) &&
        !(name.startsWith('hub.') && sources.includes(inHub))
      );
    });
    expect(missing).toEqual([]);
  });

  it('offers in a browser what the previews and languages register, and nothing else', () => {
    const parts = ['fasta', 'tracks', 'models', 'languages', 'host'].map(
      (part) => `${part}${path.sep}`,
    );
    const inBrowser = readdirSync(path.join(extension, 'src'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((file) => file.endsWith('.ts') && parts.some((part) => file.startsWith(part)))
      .map((file) => readFileSync(path.join(extension, 'src', file), 'utf8'))
      .join('\n');
    const offered = contributes.commands
      .filter(({ enablement = '' }) => !enablement.includes('!tatabox.previewsOnly'))
      .map(({ command }) => command.replace(/^tatabox\./, ''));
    expect(offered.length).toBeGreaterThan(5);
    expect(offered.filter((name) => !inBrowser.includes(`registerCommand('${name}'`))).toEqual([]);
  });

  it('names only its own commands in menus, keys, welcome views and the walkthrough', () => {
    const { menus, keybindings, viewsWelcome, walkthroughs } = contributes;
    const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    const texts = [
      ...viewsWelcome.map(({ contents }) => contents),
      ...steps.flatMap(({ description, completionEvents = [] }) => [
        description,
        ...completionEvents.map((event) => event.replace('onCommand', 'command')),
      ]),
    ];
    const named = [
      ...Object.values(menus)
        .flat()
        .map(({ command }) => command),
      ...keybindings.map(({ command }) => command),
      ...texts.flatMap((text) =>
        [...text.matchAll(/command:(tatabox\.[\w.]+)/g)].map(([, command]) => command ?? ''),
      ),
    ];
    // VS Code makes a command that goes to each view.
    const focus = Object.values(contributes.views)
      .flat()
      .map(({ id }) => `${id}.focus`);
    expect(named.filter((command) => ![...known, ...focus].includes(command))).toEqual([]);
  });

  it('has no setting that nothing reads', () => {
    const unread = Object.keys(contributes.configuration.properties).filter((setting) => {
      const short = setting.replace(/^tatabox\./, '');
      const last = setting.slice(setting.lastIndexOf('.') + 1);
      return !sources.includes(`'${short}'`) && !sources.includes(`'${last}'`);
    });
    expect(unread).toEqual([]);
  });

  it('has a provider for every editor and view', () => {
    const { customEditors, views } = contributes;
    const ids = [
      ...customEditors.map(({ viewType }) => viewType),
      ...Object.values(views)
        .flat()
        .map(({ id }) => id),
    ];
    expect(ids.filter((id) => !sources.includes(`'${id}'`))).toEqual([]);
  });

  it('names files that are there', () => {
    const { grammars, languages, walkthroughs, views } = contributes;
    const files = [
      manifest.icon,
      ...grammars.map((grammar) => grammar.path),
      ...languages.flatMap(({ configuration, icon }) => [
        ...(configuration === undefined ? [] : [configuration]),
        ...(icon === undefined ? [] : [icon.light, icon.dark]),
      ]),
      ...walkthroughs.flatMap(({ steps }) =>
        steps.flatMap(({ media }) => [media.markdown, media.image, media.svg]),
      ),
      ...Object.values(views)
        .flat()
        .map(({ icon }) => icon),
    ].filter((file) => file !== undefined);
    expect(files.filter((file) => !existsSync(path.join(extension, file)))).toEqual([]);
  });
});
