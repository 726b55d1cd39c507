/**
 * Gets QEMU for the tests that need it, where that may be done unasked: as root of a system with
 * apt. Elsewhere it says how, and the tests that need it fail. WAVEPORT_SKIP=qemu leaves both out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PACKAGE = 'qemu-system-xen';
const BINARY = '/usr/libexec/xen-qemu-system-i386';

const isSkipped = (process.env.WAVEPORT_SKIP ?? '').split(',').includes('qemu');
const isThere = (process.env.WAVEPORT_QEMU ?? '') !== '' || existsSync(BINARY);

function apt(...args) {
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  return spawnSync('apt-get', ['-q', ...args], options).status === 0;
}

if (!isSkipped && !isThere) {
  const isRoot = process.getuid?.() === 0;
  const hasApt = isRoot && spawnSync('apt-get', ['--version']).status === 0;
  const install = () => apt('install', '-y', '--no-install-recommends', PACKAGE);
  if (hasApt) console.error(`Installing ${PACKAGE} for the tests against other hardware ...`);
  if (!hasApt || !(install() || (apt('update') && install()))) {
    console.error(
      `Tests in test/qemu need ${PACKAGE}, or another QEMU with qtest that WAVEPORT_QEMU names; ` +
        'WAVEPORT_SKIP=qemu leaves them out.',
    );
  }
}
