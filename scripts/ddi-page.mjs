/**
 * docs/ddi.md: every interface and function that a driver can use, out of their declarations.
 * `node scripts/ddi-page.mjs` writes it; with `--check` it exits 1 when the page is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { declaredInterfaces, portClsFunctions } from '../dist/portcls/ddi/index.js';

const PAGE = new URL('../docs/ddi.md', import.meta.url);
const IRQL = ['PASSIVE', 'APC', 'DISPATCH'];
const irqlName = (level) => IRQL[level] ?? (level === 15 ? 'any' : `level ${level}`);

function signature(declaration) {
  const parameters = declaration.parameters.map(
    ({ direction, optional, cType, name }) =>
      `${direction}${optional ? ', optional' : ''} ${cType} ${name}`,
  );
  return `${declaration.returns} (${parameters.join('; ')})`;
}

function table(rows) {
  return [
    '| slot | name | signature | highest IRQL | since |',
    '|---|---|---|---|---|',
    ...rows.map(
      ([slot, name, declaration]) =>
        `| ${slot} | ${name} | ${signature(declaration)} | ${irqlName(declaration.maxIrql)} | ` +
        `${declaration.since} |`,
    ),
  ].join('\n');
}

const interfaces = declaredInterfaces().filter((each) => each.slots.length > 0);
const sections = interfaces.map((each) => {
  const rows = each.slots.map((slot) => [slot.slot, slot.windowsName, slot.declaration]);
  const base = each.base === null ? '' : `, derives from ${each.base.name}`;
  return `## ${each.name}\n\n\`${each.iid.text}\`${base}\n\n${table(rows)}`;
});
const functions = Object.entries(portClsFunctions).map(([name, declaration]) => [
  '',
  name,
  declaration,
]);
const page = `# The DDI that drivers see

Generated from the declarations in \`src/portcls/ddi\` by \`npm run docs\`. In TypeScript a method's
name begins with a small letter; functions keep their names.

${sections.join('\n\n')}

## Functions of PortCls

${table(functions)}
`;

if (process.argv.includes('--check')) {
  let current = '';
  try {
    current = readFileSync(PAGE, 'utf8');
  } catch {
    // No page is a stale page.
  }
  if (current !== page) {
    console.error('docs/ddi.md is stale: run "npm run docs"');
    process.exit(1);
  }
} else {
  writeFileSync(PAGE, page);
}
