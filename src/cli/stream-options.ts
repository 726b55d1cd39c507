/** The options that `play` and `record` have in common, and what their help says about them. */
import { type Command, Option } from 'commander';
import { deviceKinds } from './device-kinds.ts';
import {
  readBufferMs,
  readDelayUs,
  readDriftPpm,
  readFileName,
  readPeriodMs,
  readSeed,
  readTimerResolutionMs,
  readVolume,
} from './option-values.ts';

/** What the options of lateness mean. */
export const LATENESS_HELP = `
Lateness, left to chance within limits and the same for the same seed:
  a wake-up, a DPC or an interrupt comes up to so many microseconds late; timers fire on ticks of
  the system clock; the device's own clock runs so many parts per million fast. A glitch is
  reported with its cause.`;

/** What wakes whoever serves the stream: the engine, or in exclusive mode the application. */
export const STREAM_HELP = `
Streams:
  timer   woken by the clock, reads the device's position
  event   woken by the driver's notification events, twice per buffer
  packet  woken by the same, with packet numbers; what the driver may be asked in addition
In shared mode the engine takes the best that the driver offers; --stream asks for less, and what
the engine cannot have is refused. Recordings are never driven by packet there.
${LATENESS_HELP}`;

/** Ports that some device has drivers of ours for. */
const PORTS = [...new Set(deviceKinds.flatMap(({ ports }) => [...(ports?.keys() ?? [])]))];

/** Which of our drivers for a device; one that it has none of is refused when it is chosen. */
export const portOption = (): Option =>
  new Option('--port <name>', 'port that our driver for the device uses (ac97)').choices(PORTS);

export function addStreamOptions(command: Command): Command {
  return addLatenessOptions(command)
    .option('--exclusive', 'use the endpoint alone, past the audio engine')
    .addOption(
      new Option('--stream <kind>', 'what drives the stream').choices(['timer', 'event', 'packet']),
    )
    .option(
      '--buffer-ms <n>',
      'cyclic buffer in milliseconds, 1 to 1000 (exclusive; default: 20, or what a device needs ' +
        'that takes much at once)',
      readBufferMs,
    )
    .option(
      '--period-ms <n>',
      'period of the engine, as near as it has one (shared; default: 10)',
      readPeriodMs,
    )
    .addOption(
      new Option(
        '--position <how>',
        'how the client learns the position: a request, or the mapped register where there is ' +
          'one (exclusive; default: register)',
      ).choices(['property', 'register']),
    )
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .addOption(portOption())
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--trace <file>', 'write every event as one line of text', readFileName)
    .option('--json', 'print one JSON object and nothing else');
}

/** How late things come, of every command that streams. */
export function addLatenessOptions(command: Command): Command {
  return command
    .option('--wake-jitter-us <n>', 'threads wake up to so much late', readDelayUs)
    .option('--dpc-jitter-us <n>', 'DPCs run up to so much late', readDelayUs)
    .option('--interrupt-jitter-us <n>', 'interrupts are served up to so much late', readDelayUs)
    .option('--timer-resolution-ms <n>', 'ticks of 15.625, 1 or 0.5 ms', readTimerResolutionMs)
    .option('--drift-ppm <n>', 'how much too fast the clock of the device is', readDriftPpm);
}

/** How loud sessions are, of every command that plays. */
export function addLoudnessOptions(command: Command): Command {
  return command
    .option('--volume <level>', 'level of every session, 0 to 1 (shared)', readVolume)
    .option('--mute', 'mute every session (shared)');
}
