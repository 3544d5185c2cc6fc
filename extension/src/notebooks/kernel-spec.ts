/** How Jupyter starts a kernel (kernel.json). */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: 'signal';
}

/**
 * The description of a project's own tslab. The absolute path of Node makes it independent of what is
 * on the path of whoever starts it.
 *
 * @param node Node.js
 * @param tslab bin/tslab of the package
 */
export function tslabKernelSpec(node: string, tslab: string): KernelSpec {
  return {
    argv: [node, tslab, 'kernel', '--config-path', '{connection_file}'],
    display_name: 'TypeScript (tatabox)',
    language: 'typescript',
    interrupt_mode: 'signal',
  };
}
