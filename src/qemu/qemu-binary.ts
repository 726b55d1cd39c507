/**
 * Where QEMU is. Its devices are driven through qtest, an accelerator that executes no guest code
 * and leaves time to its client. Debian builds it into the QEMU of the package qemu-system-xen
 * (which needs no Xen) and leaves it out of qemu-system-x86.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { QemuError } from './qemu-error.ts';

/** The package with a QEMU that has qtest, in Debian and what derives from it. */
export const QEMU_PACKAGE = 'qemu-system-xen';
/** Names another QEMU. */
export const QEMU_VARIABLE = 'WAVEPORT_QEMU';
const PACKAGE_BINARY = '/usr/libexec/xen-qemu-system-i386';

/** The path of the QEMU to start. @throws QemuError naming the package when there is none */
export function findQemu(packageBinary = PACKAGE_BINARY): string {
  const named = process.env[QEMU_VARIABLE];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new QemuError(`${QEMU_VARIABLE} names ${named}, which is no program that can be run`);
  }
  if (isExecutable(packageBinary)) return packageBinary;
  throw new QemuError(
    `no QEMU with qtest here: install it (apt-get install --no-install-recommends ` +
      `${QEMU_PACKAGE}), or name one with ${QEMU_VARIABLE}`,
  );
}

/** The path of a program of the host's PATH; null when it has none of that name. */
export function findProgram(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.map((folder) => join(folder, name));
  return paths.find((path) => isExecutable(path)) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
