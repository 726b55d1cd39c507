/**
 * What can go wrong between Waveport and QEMU. Both are the host's faults, not a driver's: the
 * message says what to do.
 */

/** QEMU is not there, did not start, or went away. */
export class QemuError extends Error {}
