/** The options of `waveport play`, and its help. */
import { type Command, Option } from 'commander';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readBufferMs, readFileName, readSeed } from './option-values.ts';
import { type PlayOptions, play } from './play-command.ts';

const PLAY_HELP = `
The heard file has the format of the stream: 8-bit sound is carried in 16 bits, 24-bit containers
in 32, as the device wants them; no bit of sound is changed. It is complete however the run ends.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport play speech.wav
  waveport play speech.wav --out heard.wav --buffer-ms 2
  waveport play speech.wav --driver ./my-driver.mjs --json
  waveport play speech.wav --seed 7 --trace run.txt`;

export function registerPlay(program: Command, end: End): void {
  program
    .command('play')
    .description('play a WAV file through driver, DMA and codec, and check what the speaker hears')
    .argument('<file>', 'WAV file: PCM 8 to 32 bits or 32-bit float, 1 to 8 channels', readFileName)
    .option('--out <file>', 'write what was heard, from the first sent frame on', readFileName)
    .option('--device <name>', 'device to play on', 'hda')
    .option(
      '--buffer-ms <n>',
      'cyclic buffer in milliseconds, 1 to 1000 (default: 20)',
      readBufferMs,
    )
    .addOption(
      new Option(
        '--position <how>',
        'how the client learns the position: a request, or the mapped register if there is one',
      )
        .choices(['property', 'register'])
        .default('register'),
    )
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--trace <file>', 'write every event as one line of text', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', PLAY_HELP)
    .showHelpAfterError('(waveport play --help tells the options, with examples)')
    .action(async (file: string, options: PlayOptions) => end(await play(file, options)));
}
