import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  doctorReport,
  readDoctorResult,
} from '../../../../extension/src/notebooks/doctor-report.ts';
import { tslabKernelSpec } from '../../../../extension/src/notebooks/kernel-spec.ts';
import { missingPackages } from '../../../../extension/src/notebooks/missing-packages.ts';
import { nativeConsent, readNativePlan } from '../../../../extension/src/notebooks/native-plan.ts';
import { kernelLanguage } from '../../../../extension/src/notebooks/notebook-kind.ts';
import { notebookFile, quoted } from '../../../../extension/src/notebooks/notebook-template.ts';
import { shownOutput } from '../../../../extension/src/notebooks/output-items.ts';
import { firstSteps } from '../../../../extension/src/notebooks/template-first-steps.ts';
import { promoterExpression } from '../../../../extension/src/notebooks/template-promoter-expression.ts';
import { promoterLanguage } from '../../../../extension/src/notebooks/template-promoter-language.ts';
import { parseNotebook } from '../../../../kernel-lib/src/notebook/notebook-file.ts';
import { compileAsCells } from '../../../docs/compile-cells.ts';

describe('shownOutput', () => {
  it('puts the richest representation first and decodes pictures', () => {
    const shown = shownOutput({
      output_type: 'display_data',
      data: {
        'text/plain': ['a\n', 'b'],
        'image/png': Buffer.from([1, 2, 3]).toString('base64'),
        'image/svg+xml': '<svg/>',
        'application/vnd.vegalite.v5+json': { mark: 'bar' },
        'text/html': '<b>x</b>',
        'application/x-other': 'other',
        'application/json': { a: 1 },
      },
      metadata: { width: 3 },
    });
    expect(shown.items).toEqual([
      { mime: 'application/vnd.vegalite.v5+json', data: '{"mark":"bar"}' },
      { mime: 'text/html', data: '<b>x</b>' },
      { mime: 'image/svg+xml', data: '<svg/>' },
      { mime: 'image/png', data: new Uint8Array([1, 2, 3]) },
      { mime: 'application/json', data: '{"a":1}' },
      { mime: 'application/x-other', data: 'other' },
      { mime: 'text/plain', data: 'a\nb' },
    ]);
    expect(shown.metadata).toEqual({ outputType: 'display_data', metadata: { width: 3 } });
  });

  it('tells streams and errors from displays', () => {
    expect(
      shownOutput({ output_type: 'stream', name: 'stderr', text: ['a\n', 'b'] }).items,
    ).toEqual([{ mime: 'application/vnd.code.notebook.stderr', data: 'a\nb' }]);
    const [item] = shownOutput({
      output_type: 'error',
      ename: 'RangeError',
      evalue: 'too far',
      traceback: ['Cell In[1], line 2', 'RangeError: too far'],
    }).items;
    expect(item?.mime).toBe('application/vnd.code.notebook.error');
    expect(JSON.parse(String(item?.data))).toEqual({
      name: 'RangeError',
      message: 'too far',
      stack: 'Cell In[1], line 2\nRangeError: too far',
    });
  });
});

describe('kernelLanguage', () => {
  it('knows notebooks for tslab and jslab, in both forms of metadata', () => {
    const spec = (name: unknown) => ({ metadata: { kernelspec: { name } } });
    expect(kernelLanguage(spec('tslab'))).toBe('typescript');
    expect(kernelLanguage({ custom: spec('jslab') })).toBe('javascript');
    for (const other of [spec('python3'), spec(7), {}, null, 'tslab', { metadata: null }]) {
      expect(kernelLanguage(other)).toBeUndefined();
    }
  });
});

describe('missingPackages', () => {
  it('knows what the messages of library and host ask for', () => {
    expect(missingPackages('the notebook runner: tslab is not installed (looked from /a)')).toEqual(
      ['tslab', 'zeromq'],
    );
    expect(missingPackages('tatabox: it is not installed in this workspace')).toContain('tatabox');
    expect(missingPackages("error: unknown command 'kernel'")).toEqual(['tatabox@latest']);
    expect(missingPackages('the kernel process ended by SIGKILL')).toEqual([]);
  });
});

describe('doctor', () => {
  const rows = [
    { what: 'backend wasm', status: 'ok', detail: '4.22.0', fix: '' },
    {
      what: 'a | b',
      status: 'missing',
      detail: '<img src=x onerror=alert(1)>',
      fix: 'npm install a|b',
    },
    { what: 'webgpu', status: 'odd', detail: 7, fix: null },
  ];
  const stdout = `noise\n${JSON.stringify({ node: 'v20', cores: 2, memory: 8, defaultBackend: 'wasm', rows })}\n`;

  it('reads the last line, whatever stands in it', () => {
    const result = readDoctorResult(stdout);
    expect(result?.rows.map(({ status }) => status)).toEqual(['ok', 'missing', 'error']);
    for (const other of ['', 'noise', '[]', '{"rows":7}', 'null']) {
      expect(readDoctorResult(other)).toBeUndefined();
    }
  });

  it('reports what was found as text, never as HTML or as another column', () => {
    const report = doctorReport(readDoctorResult(stdout)!);
    expect(report).toContain(String.raw`| a \| b | \<img src=x onerror=alert\(1\)\> |`);
    expect(report).toContain(String.raw`\`npm install a\|b\``.replaceAll('\\`', '`'));
    expect(report).not.toMatch(/(?<!\\)<img/);
  });
});

describe('native plan', () => {
  it('says size, place and what is done', () => {
    const plan = readNativePlan(
      JSON.stringify({
        tensorflow: '2.21.0',
        folder: '/cache/native',
        installed: false,
        spaceNeeded: 2.5e9,
        spaceFree: 1e10,
        compiler: 'g++ 12',
        obstacles: ['no pip'],
      }),
    );
    expect(plan?.obstacles).toEqual(['no pip']);
    const text = nativeConsent(plan!);
    for (const part of [
      '2.21.0',
      '/cache/native',
      '2,500 MB',
      '10,000 MB',
      'g++ 12',
      'uninstall',
    ]) {
      expect(text).toContain(part);
    }
    expect(readNativePlan('{"tensorflow":1}')).toBeUndefined();
  });
});

describe('tslabKernelSpec', () => {
  it('starts the given tslab with the given Node', () => {
    expect(tslabKernelSpec('/n/node', '/p/node_modules/tslab/bin/tslab').argv).toEqual([
      '/n/node',
      '/p/node_modules/tslab/bin/tslab',
      'kernel',
      '--config-path',
      '{connection_file}',
    ]);
  });
});

describe('templates', () => {
  const files = {
    genome: "data/o'neil\\x.fa",
    transcripts: 'a.bed',
    table: 'genes.tsv',
    sequences: 'promoters.fa',
  };
  const templates = [firstSteps, promoterExpression, promoterLanguage];

  it.each(templates.map((template) => [template.name, template] as const))(
    '%s is a notebook for tslab',
    (name, template) => {
      const notebook = parseNotebook(notebookFile(template.cells(files)), name);
      expect(notebook.metadata['kernelspec']).toMatchObject({ name: 'tslab' });
      expect(notebook.cells[0]?.cell_type).toBe('markdown');
      const ids = notebook.cells.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(
        notebook.cells.filter(({ cell_type: type }) => type === 'code').length,
      ).toBeGreaterThan(3);
    },
  );

  it(
    'compile as cells of tslab, also with a quote in the name of a file',
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'tatabox-templates-'));
      try {
        symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
        const written = templates.map((template) => {
          const file = path.join(folder, `${template.name}.ts`);
          const cells = template.cells(files).filter(({ kind }) => kind === 'code');
          writeFileSync(file, `${cells.map(({ source }) => source).join('\n\n')}\nexport {};\n`);
          return file;
        });
        await compileAsCells(written, folder);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it('quotes names', () => {
    expect(quoted("a'b\\c")).toBe(String.raw`'a\'b\\c'`);
  });
});
