/** The options of `waveport record`, and its help. */
import type { Command } from 'commander';
import { DEVICES, ENDPOINT_HELP, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName, readSeconds } from './option-values.ts';
import { type RecordOptions, record } from './record-command.ts';
import { addStreamOptions, STREAM_HELP } from './stream-options.ts';

const RECORD_HELP = `
What is spoken is a WAV file (--from), or the recording that comes with Waveport; silence follows
behind its end. Every captured frame is held against the frame that was spoken. The recording
begins with the first spoken frame: what the codec held before is reported, not written. QEMU's
devices have no way in for sound: they record silence, which is held against silence.
${STREAM_HELP}
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport record out.wav --seconds 5
  waveport record out.wav --seconds 5 --period-ms 3
  waveport record out.wav --seconds 2.5 --from speech.wav --exclusive
  waveport record out.wav --seconds 5 --exclusive --stream packet --buffer-ms 10
  waveport record out.wav --seconds 5 --device ac97 --endpoint Microphone
  waveport record out.wav --seconds 60 --driver ./my-driver.mjs --json`;

export function registerRecord(program: Command, end: End): void {
  const command = program
    .command('record')
    .description(
      'record what the line in hears through codec, DMA, driver and engine, and check it',
    )
    .argument('<out>', 'WAV file to write', readFileName)
    .requiredOption('--seconds <n>', 'how long to record', readSeconds)
    .option('--from <file>', 'WAV file that is spoken into the line in', readFileName)
    .option('--device <name>', 'device to record from', 'hda')
    .option('--endpoint <name>', ENDPOINT_HELP);
  addStreamOptions(command)
    .addHelpText('after', RECORD_HELP)
    .showHelpAfterError('(waveport record --help tells the options, with examples)')
    .action(async (out: string, options: RecordOptions) => end(await record(out, options)));
}
