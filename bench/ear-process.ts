/**
 * Plays the recording for one kind of ear, once for each message from the process that measures,
 * and answers what it took: `ear-process.js KEY RECORDING HEARD`.
 */
import { openSource } from '../src/cli/wav-files.ts';
import type { StreamDrive } from '../src/engine/engine-pin.ts';
import { openWav, type WavFile } from '../src/wav/wav-reader.ts';
import { playOnMachines } from './many-machines.ts';
import { playMixed } from './mixed-streams.ts';
import { type Player, playAndCompare, playByProperty, playToFile } from './player.ts';
import { timeOf } from './rounds.ts';

/** Mixed streams have sounds of their own, as long as the recording. */
const mixed = (streams: number, drive: StreamDrive) => (file: WavFile) =>
  playMixed(streams, file.frames / file.format.rateHz, drive);

const openers = {
  compare: playAndCompare,
  property: playByProperty,
  file: playToFile,
  machines4: (file: WavFile) => playOnMachines(4, file),
  machines16: (file: WavFile) => playOnMachines(16, file),
  mixed1: mixed(1, 'timer'),
  mixed16: mixed(16, 'timer'),
  mixed16events: mixed(16, 'events'),
  mixed16packets: mixed(16, 'packets'),
};
export type EarKey = keyof typeof openers;

const [key = '', wavPath = '', heardPath = ''] = process.argv.slice(2);
const open: ((file: WavFile, heardPath: string) => Player) | undefined = openers[key as EarKey];

/** Machines that played stay reachable, because code that was compiled for one goes with it. */
const played: Player[] = [];

process.on('message', () => {
  if (open === undefined) throw new Error(`there is no ear ${key}`);
  const source = openSource(wavPath);
  const taken = timeOf(() => {
    const player = open(openWav(source), heardPath);
    while (!player.step());
    player.finish();
    played.push(player);
  });
  source.close();
  process.send?.(taken);
});
