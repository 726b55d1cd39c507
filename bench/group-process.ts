/**
 * Measures one group and prints the result as JSON: `group-process.js NAME [--quick]`. A process
 * of its own, so that no group runs code that another has warmed up or spoilt.
 */
import { groups } from './groups.ts';

const [name = '', effort] = process.argv.slice(2);
const measure = groups.get(name);
if (measure === undefined) throw new Error(`there is no group ${name}`);
process.stdout.write(JSON.stringify(await measure({ isQuick: effort === '--quick' })));
