/** The options of `waveport latency`, and its help. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LatencyStream } from '../machine/latency-terms.ts';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { type LatencyOptions, latency } from './latency-command.ts';
import { DIRECTIONS, STREAMS } from './latency-plan.ts';
import { readBufferMs, readFileName, readSeed } from './option-values.ts';
import { portOption } from './stream-options.ts';

const LATENCY_HELP = `
A stream's latency is B/D + H. B is what lies between client and device in bytes, D bytes a second,
and H what the driver declares for FIFO, chipset and codec. It is measured in virtual time: to play,
from writing a frame to hearing it; to record, from speaking a frame to reading it, for the oldest
that a wake-up finds. Both agree to the frame; a row in which they do not is a fault. Beside it
stands what RUN takes to the first sent frame, and how old the newest frame is that is read.

Kinds of streams: timer, event and packet are exclusive streams driven by the client's own timer, by
the device's events, and by events with packet numbers; shared goes through the audio engine, whose
period is half of the buffer named, or the nearest that it has, and B its buffers together.
--jitter-us also finds the smallest buffer that loses nothing when each wake-up of the client comes
late by chance, and says beside it what the latest wake-ups would need. It tries exclusive streams,
in buffers in which the client can keep out of what FIFO and codec hold. Shared streams are left out:
their buffers are the engine's, two periods of the few that list tells, and who comes late there is
the engine as well as the application; play --period-ms with --wake-jitter-us tries one of them.

A direction whose endpoint does not take the format is left out, and named. Pins that take stream
packets (WavePci, WaveCyclic) declare no latency of their hardware, and are refused.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport latency
  waveport latency --stream event,packet --buffer-ms 2,5,10 --rate 44100
  waveport latency --bits 24 --channels 8 --direction render
  waveport latency --direction capture --stream timer --jitter-us 500
  waveport latency --sweep --chart latency.svg
  waveport latency --driver ./my-driver.mjs --json`;

const LEAST_RATE_HZ = 1000;
const MOST_RATE_HZ = 768_000;
const SAMPLE_BITS = [16, 20, 24, 32];
const MOST_CHANNELS = 8;
const MOST_JITTER_US = 100_000;

export function registerLatency(program: Command, end: End): void {
  program
    .command('latency')
    .description('measure the latency of streams term by term, and find the smallest buffer')
    .option('--device <name>', 'device to measure', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .addOption(portOption())
    .option('--rate <hz>', 'frames a second (default: 48000)', readRate)
    .option('--bits <n>', 'bits of a sample: 16, 20, 24 or 32 (default: 16)', readBits)
    .option('--channels <n>', 'samples of a frame, 1 to 8 (default: 2)', readChannels)
    .option(
      '--stream <list>',
      `kinds of streams, of ${STREAMS.join(',')} (default: all)`,
      readStreams,
    )
    .option(
      '--buffer-ms <list>',
      'buffer sizes in milliseconds, each 1 to 1000 (default: 10)',
      readBuffers,
    )
    .addOption(
      new Option('--direction <which>', 'to play, to record, or both')
        .choices([...DIRECTIONS, 'both'])
        .default('both'),
    )
    .option('--sweep', 'buffers of 2 to 100 ms if none are named, and a sketch of the latencies')
    .option('--jitter-us <n>', 'find the smallest buffer for wake-ups up to n us late', readJitter)
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--chart <file>', 'draw latency over buffer size into an SVG file', readChartName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', LATENCY_HELP)
    .showHelpAfterError('(waveport latency --help tells the options, with examples)')
    .action(async (options: LatencyOptions) => end(await latency(options)));
}

/** The chart is an SVG, whatever the name says, so that it has to say so. */
function readChartName(text: string): string {
  const name = readFileName(text);
  if (/\.svg$/i.test(name)) return name;
  throw new InvalidArgumentError('The chart is drawn as SVG: give a name that ends in .svg.');
}

const readBuffers = (text: string): number[] => text.split(',').map(readBufferMs);

function readStreams(text: string): LatencyStream[] {
  return text.split(',').map((name) => {
    const kind = STREAMS.find((known) => known === name);
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(
      `Give one or several of ${STREAMS.join(', ')}, with commas in between.`,
    );
  });
}

function readRate(text: string): number {
  return wholeNumber(text, LEAST_RATE_HZ, MOST_RATE_HZ, 'hertz, such as 44100');
}

function readBits(text: string): number {
  const bits = SAMPLE_BITS.find((known) => String(known) === text);
  if (bits !== undefined) return bits;
  throw new InvalidArgumentError('Give 16, 20, 24 or 32 bits.');
}

function readChannels(text: string): number {
  return wholeNumber(text, 1, MOST_CHANNELS, 'channels, such as 2');
}

function readJitter(text: string): number {
  return wholeNumber(text, 0, MOST_JITTER_US, 'microseconds, such as 500');
}

function wholeNumber(text: string, least: number, most: number, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Give a whole number of ${what}, from ${least} to ${most}.`);
}
