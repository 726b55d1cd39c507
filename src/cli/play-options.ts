/** The options of `waveport play`, and its help. */
import type { Command } from 'commander';
import { DEVICES, ENDPOINT_HELP, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName } from './option-values.ts';
import { type PlayOptions, play } from './play-command.ts';
import { addLoudnessOptions, addStreamOptions, STREAM_HELP } from './stream-options.ts';

const PLAY_HELP = `
In shared mode, which is the default, each file has a session of its own in the audio engine, which
converts them to the format of the device (the first file's, where the device takes it) and mixes
them. One file at full level in the device's format is heard bit for bit, and checked. In exclusive
mode (--exclusive) one file goes to the driver past the engine.

The heard file has the format of the device: 8-bit sound is carried in 16 bits, 24-bit containers
in 32, as the device wants them. It is complete however the run ends, and replaces an old one when
there is something to write.
${STREAM_HELP}
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport play speech.wav
  waveport play speech.wav music.wav --volume 0.5 --out mix.wav
  waveport play speech.wav --stream timer --period-ms 3
  waveport play speech.wav --exclusive --buffer-ms 2 --out heard.wav
  waveport play speech.wav --exclusive --stream event --wake-jitter-us 9000
  waveport play speech.wav --driver ./my-driver.mjs --json
  waveport play speech.wav --seed 7 --trace run.txt`;

/** Commander's way of gathering what may be named more than once. */
const gather = (text: string, before: string[] = []): string[] => [...before, readFileName(text)];

export function registerPlay(program: Command, end: End): void {
  const command = program
    .command('play')
    .description('play WAV files through engine, driver, DMA and codec, and check what is heard')
    .argument('<file...>', 'WAV files: PCM 8 to 32 bits or 32-bit float, 1 to 8 channels', gather)
    .option('--out <file>', 'write what was heard, from the first sent frame on', readFileName)
    .option('--device <name>', 'device to play on', 'hda')
    .option('--endpoint <name>', ENDPOINT_HELP);
  addStreamOptions(addLoudnessOptions(command))
    .addHelpText('after', PLAY_HELP)
    .showHelpAfterError('(waveport play --help tells the options, with examples)')
    .action(async (files: string[], options: PlayOptions) => end(await play(files, options)));
}
