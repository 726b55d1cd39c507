/**
 * Plays the recording for one kind of ear, once for each message from the process that measures,
 * and answers what it took: `ear-process.js KEY RECORDING HEARD`.
 */
import { rmSync } from 'node:fs';
import { openSource } from '../src/cli/wav-files.ts';
import { openWav, type WavFile } from '../src/wav/wav-reader.ts';
import { playFileToFile } from './file-to-file.ts';
import { playOnMachines } from './many-machines.ts';
import { type Mix, playMixed, STEREO_FLOAT } from './mixed-streams.ts';
import { type Player, playAndCompare, playByProperty, playToFile } from './player.ts';
import { recordingInMemory, STEREO_16 } from './recording.ts';
import { timeOf } from './rounds.ts';

/** Sound as long as the recording that costs no system call: only what writes a file reads one. */
const inMemory = (file: WavFile): WavFile => recordingInMemory(file.frames / file.format.rateHz);
const fromMemory = (open: (file: WavFile) => Player) => (file: WavFile) => open(inMemory(file));

/** Mixed streams have sounds of their own, as long as the recording. */
const mixed = (mix: Mix) => (file: WavFile) => playMixed(mix, file.frames / file.format.rateHz);
const sixteen = { streams: 16, format: STEREO_16, drive: 'timer', threads: 'one each' } as const;

const openers = {
  compare: fromMemory(playAndCompare),
  property: fromMemory(playByProperty),
  comparedFile: playToFile,
  file: playFileToFile,
  machines4: (file: WavFile) => playOnMachines(4, inMemory(file)),
  machines16: (file: WavFile) => playOnMachines(16, inMemory(file)),
  mixed1: mixed({ ...sixteen, streams: 1 }),
  mixed16float: mixed({ ...sixteen, format: STEREO_FLOAT, threads: 'one' }),
  mixed16one: mixed({ ...sixteen, threads: 'one' }),
  mixed16: mixed(sixteen),
  mixed16events: mixed({ ...sixteen, drive: 'events' }),
  mixed16packets: mixed({ ...sixteen, drive: 'packets' }),
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
  played.at(-1)?.verify?.();
  source.close();
  // As for the peers: to drop what was written is not part of the run.
  rmSync(heardPath, { force: true });
  process.send?.(taken);
});
