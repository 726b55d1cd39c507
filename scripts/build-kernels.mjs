/**
 * Compiles the engine's WebAssembly kernels (src/engine/dsp/*.as, AssemblyScript) and writes them
 * as base64 to src/engine/dsp/kernel-binary.ts, so that neither installing nor running Waveport
 * needs a compiler. With --check nothing is written; exit code 1 says that the file is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/engine/dsp/', import.meta.url);
const target = new URL('kernel-binary.ts', folder);
// No runtime, no start function, and memory comes from the host; SIMD but not relaxed SIMD, whose
// results may differ between processors.
const OPTIONS =
  '--outFile kernels.wasm --runtime stub --importMemory --initialMemory 1 --noExportMemory ' +
  '--enable simd --disable mutable-globals --noAssert -O3 --converge --noColors';
const LINE = 96;

/** The compiler looks for .ts; the sources are named .as, because they are not TypeScript. */
function readSource(name) {
  try {
    return readFileSync(new URL(name.replace(/\.ts$/, '.as'), folder), 'utf8');
  } catch {
    return null;
  }
}

async function compile() {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.as'));
  const entries = sources.sort().map((name) => name.replace(/\.as$/, '.ts'));
  let binary = null;
  const { error, stderr } = await asc.main([...entries, ...OPTIONS.split(' ')], {
    readFile: readSource,
    writeFile: (name, content) => {
      if (name === 'kernels.wasm') binary = content;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
  if (binary === null) throw new Error('the compiler wrote no module');
  return Buffer.from(binary);
}

function describe(binary) {
  const lines = binary.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g'));
  return [
    '/**',
    ` * The kernels of *.as in this folder as one WebAssembly module of ${binary.length} bytes, in base64.`,
    ' * Written by scripts/build-kernels.mjs; do not edit.',
    ' */',
    'export const KERNEL_BINARY = `',
    ...lines,
    '`;',
    '',
  ].join('\n');
}

const text = describe(await compile());
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('kernel-binary.ts is stale: run node scripts/build-kernels.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
