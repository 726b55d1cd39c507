/**
 * Loads a driver that is not ours: an ES module whose default export is a DriverModule. A module
 * that cannot be read is a mistake on the command line; one that can be read and gives no driver
 * is a driver that failed.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { whyRefused } from './disk-errors.ts';
import { DriverLoadError, FileError } from './outcome.ts';

const EXPECTED =
  'a driver module exports { name, hardwareIds, load(wdk) } as its default, ' +
  "as made by defineDriver from 'waveport/ddi'";

/** @throws FileError when there is no such file, DriverLoadError when it gives no driver. */
export async function loadDriverModule(path: string): Promise<DriverModule> {
  checkReadable(path);
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(moduleUrl(path));
  } catch (error) {
    throw new DriverLoadError(`driver module ${path} does not load: ${describeThrown(error)}`);
  }
  const candidate = loaded.default;
  if (candidate === undefined) {
    throw new DriverLoadError(`driver module ${path} has no default export: ${EXPECTED}`);
  }
  if (!isDriverModule(candidate)) {
    throw new DriverLoadError(`the default export of ${path} is no driver: ${EXPECTED}`);
  }
  return candidate;
}

/** How the module stands in the lines of a stack. */
export const moduleUrl = (path: string): string => pathToFileURL(resolve(path)).href;

/** Anything thrown, in one line: `TypeError: x is not a function`. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function checkReadable(path: string): void {
  try {
    if (statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new FileError(
      `cannot read driver module ${path}: ${whyRefused(error)}; ` +
        '--driver takes the path of an ES module',
    );
  }
}

function isDriverModule(candidate: unknown): candidate is DriverModule {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { name, hardwareIds, load } = candidate as Partial<DriverModule>;
  return typeof name === 'string' && Array.isArray(hardwareIds) && typeof load === 'function';
}
