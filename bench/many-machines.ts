/**
 * Machines with one stream each, taking turns of half a second of virtual time in one loop, as a
 * test suite or a farm of them would run.
 */
import { defined } from '../src/base/assert.ts';
import type { AudioDevice } from '../src/machine/devices.ts';
import type { Machine } from '../src/machine/machine.ts';
import type { WavFile } from '../src/wav/wav-reader.ts';
import { type Player, playAndCompare } from './player.ts';

export function playOnMachines(machines: number, file: WavFile): Player {
  const players = Array.from({ length: machines }, () => playAndCompare(file));
  let playing = [...players];
  return {
    machine: defined(players[0], 'machine').machine as Machine<AudioDevice>,
    step: () => {
      playing = playing.filter((player) => !player.step());
      return playing.length === 0;
    },
    finish: () => {
      for (const player of players) player.finish();
    },
  };
}
