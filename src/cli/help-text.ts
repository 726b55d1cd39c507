/** What the help of several commands says in the same words. */
import { deviceKinds } from './device-kinds.ts';

export const DEVICES = `
Devices:
${deviceKinds.map((kind) => `  ${kind.name.padEnd(9)} ${kind.description}`).join('\n')}`;

export const JSON_HELP = `
With --json, stdout carries one object whatever happens; when the command could not do its work,
that object says why in "error". Warnings and errors go to stderr as text in any case.`;

export const EXIT_HELP = `
Exit codes:
  0  clean
  1  the run found a fault: a glitch, a mismatch, a bug check, a broken rule, something left
     behind, a driver that does not load or start
  2  the command line is wrong, or a file cannot be read, written or played
  130  stopped by Ctrl-C`;

export const ENDPOINT_HELP =
  'endpoint to use, by its name as waveport list tells it (default: the first)';

/** Takes a command's exit code. */
export type End = (exitCode: number) => void;
