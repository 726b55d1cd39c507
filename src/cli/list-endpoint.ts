/** One endpoint in `waveport list`: what a driver engineer wants to see of it at a glance. */

import type { VolumeDetails } from '../machine/endpoint-controls.ts';
import type { EndpointDetails, StreamDetails } from '../machine/endpoint-details.ts';
import type { TakenFormats } from '../machine/endpoint-formats.ts';
import type { JackDetails } from '../machine/endpoint-jacks.ts';
import type { StreamClasses } from '../machine/endpoint-streams.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { counted, kilohertz, thousands } from './quantities.ts';

const LABEL_WIDTH = 11;
const NS_PER_TICK = 100;
const NS_PER_MS = 1e6;

export function endpointJson(endpoint: EndpointDetails): object {
  const { stream } = endpoint;
  return { ...endpoint, stream: stream === null ? null : streamJson(stream) };
}

function streamJson(stream: StreamDetails): object {
  const { classes, exclusive, periods } = stream;
  const { rateHz } = stream.deviceFormat;
  const inMs = (frames: number): object => ({ frames, ms: (1000 * frames) / rateHz });
  return {
    ...stream,
    periods: {
      default: inMs(periods.defaultFrames),
      fundamental: inMs(periods.fundamentalFrames),
      minimum: inMs(periods.minimumFrames),
      maximum: inMs(periods.maximumFrames),
    },
    classes,
    exclusive:
      exclusive === null
        ? null
        : {
            ...exclusive,
            minimumPeriodMs: (exclusive.minimumPeriod100ns * NS_PER_TICK) / NS_PER_MS,
          },
  };
}

export function endpointLines(endpoint: EndpointDetails): string[] {
  const { bridge, direction, host, jacks, mute, name, state, stream, volume } = endpoint;
  const rows: [string, string][] = [
    ...jackRows(jacks),
    ['volume', volumeText(volume)],
    ['mute', muteText(mute)],
    ...(stream === null ? [] : streamRows(stream)),
    ['pins', pinsText(host, bridge)],
  ];
  return [
    `endpoint ${name}: ${direction}, ${state}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text}`),
  ];
}

function jackRows(jacks: readonly JackDetails[]): [string, string][] {
  if (jacks.length === 0) return [['jack', 'none that the driver describes']];
  return jacks.map((jack) => ['jack', jackText(jack)]);
}

function jackText({ box, canDetect, color, connector, isConnected, location, port }: JackDetails) {
  const plug = isConnected ? 'plugged in' : 'unplugged';
  return [
    canDetect === false ? `${plug} (not detected)` : plug,
    port === 'jack' ? connector : port,
    `${location} of ${box}`,
    color ?? 'no colour',
  ].join(', ');
}

const decibels = (db: number): string => `${thousands(db)} dB`;

function volumeText(volume: VolumeDetails | null): string {
  if (volume === null) return 'none';
  const { levelsDb, range } = volume;
  const levels = [...new Set(levelsDb)].length === 1 ? levelsDb.slice(0, 1) : levelsDb;
  const text = levels.map(decibels).join(', ');
  if (range === null) return `${text}, range unknown`;
  const span = `${thousands(range.minimumDb)} to ${decibels(range.maximumDb)}`;
  return `${text} (${span} in steps of ${decibels(range.stepDb)})`;
}

function muteText(mute: readonly boolean[] | null): string {
  if (mute === null) return 'none';
  if (mute.every((isMuted) => isMuted)) return 'on';
  return mute.some((isMuted) => isMuted)
    ? mute.map((isMuted) => (isMuted ? 'on' : 'off')).join(', ')
    : 'off';
}

function streamRows(stream: StreamDetails): [string, string][] {
  const { classes, deviceFormat, formats, mixFormat } = stream;
  return [
    ['shared', `${formatText(deviceFormat)}; sessions are mixed as ${sampleText(mixFormat)}`],
    ['period', periodText(stream)],
    ['streams', classesText(classes)],
    ...Object.entries(classes.refused).map(([kind, why]): [string, string] => [
      '',
      `no ${kind}: ${why}`,
    ]),
    ['exclusive', exclusiveText(stream)],
    ...formatRows(formats),
  ];
}

type Sample = Pick<PcmFormat, 'containerBits' | 'float' | 'validBits'>;

function sampleText({ containerBits, float, validBits }: Sample): string {
  if (float) return `${validBits}-bit float`;
  return `${validBits}-bit${validBits === containerBits ? '' : ` in ${containerBits}`}`;
}

function formatText(format: PcmFormat): string {
  const channels = counted(format.channels, 'channel');
  return `${kilohertz(format.rateHz)}, ${channels}, ${sampleText(format)}`;
}

const framesText = (frames: number, rateHz: number): string =>
  `${counted(frames, 'frame')} (${shortMs((1000 * frames) / rateHz)})`;

const shortMs = (ms: number): string => `${Number(ms.toFixed(3))} ms`;

function periodText({ deviceFormat, periods }: StreamDetails): string {
  const { defaultFrames, fundamentalFrames, maximumFrames, minimumFrames } = periods;
  const { rateHz } = deviceFormat;
  return (
    `${framesText(defaultFrames, rateHz)}; from ${framesText(minimumFrames, rateHz)} to ` +
    `${framesText(maximumFrames, rateHz)} in steps of ${fundamentalFrames}`
  );
}

function classesText({ engineDrive, offered }: StreamClasses): string {
  const kinds = offered.length === 0 ? 'none' : offered.join(', ');
  const drive = engineDrive === 'irp' ? 'stream packets' : engineDrive;
  const engine = drive === null ? 'the engine cannot open one' : `the engine: ${drive}`;
  return `${kinds}; ${engine}`;
}

function exclusiveText({ exclusive }: StreamDetails): string {
  if (exclusive === null) return 'not while the endpoint is not active';
  const { bufferFrames, format, isAligned, minimumPeriod100ns, refusal } = exclusive;
  const period = `period at least ${shortMs((minimumPeriod100ns * NS_PER_TICK) / NS_PER_MS)}`;
  if (bufferFrames === null) return `${period}; ${refusal ?? 'refused'}`;
  const aligned = isAligned ? ' after alignment' : '';
  return `${period}; least buffer ${framesText(bufferFrames, format.rateHz)}${aligned}`;
}

/** Sample types that go with the same channels and rates share a line. */
function formatRows(formats: readonly TakenFormats[]): [string, string][] {
  const samplesOf = new Map<string, string[]>();
  for (const format of formats) {
    const rates = format.ratesHz.map((rateHz) => rateHz / 1000).join(', ');
    const rest = `${channelsText(format.channels)}, ${rates} kHz`;
    samplesOf.set(rest, [...(samplesOf.get(rest) ?? []), sampleText(format)]);
  }
  const rows = [...samplesOf].flatMap(([rest, samples]): [string, string][] => [
    ['takes', `${samples.join(', ')}:`],
    ['', `  ${rest}`],
  ]);
  return rows.length === 0 ? [['takes', 'no format']] : rows;
}

function channelsText(channels: readonly number[]): string {
  const [first = 0] = channels;
  const last = channels.at(-1) ?? first;
  if (channels.length === 1) return counted(first, 'channel');
  const isWhole = last - first + 1 === channels.length;
  return `${isWhole ? `${first} to ${last}` : channels.join(', ')} channels`;
}

function pinsText(host: EndpointDetails['host'], bridge: EndpointDetails['bridge']): string {
  const end = `bridge pin ${bridge.pin} of filter ${bridge.filter}`;
  if (host === null) return `no host pin; ${end}`;
  return `host pin ${host.pin} of filter ${host.filter}, ${end}`;
}
