/**
 * Plays the recording for one kind of ear, once for each message from the process that measures,
 * and answers what it took: `ear-process.js KEY RECORDING HEARD`.
 */
import { openSource } from '../src/cli/wav-files.ts';
import { openWav, type WavFile } from '../src/wav/wav-reader.ts';
import { type Player, playAndCompare, playByProperty, playToFile } from './player.ts';
import { timeOf } from './rounds.ts';

const openers = { compare: playAndCompare, property: playByProperty, file: playToFile };
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
