/**
 * Chooses where sound is played or recorded: the first endpoint of the direction, if one of its
 * pin's data ranges holds the format. A format that none holds is the file's problem and not the
 * driver's, so the refusal says what the endpoint would take.
 */
import type { EndpointFacts } from '../client/endpoints.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { DataRange } from '../standards/ks/descriptors.ts';
import {
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
} from '../standards/ks/guids.ts';
import { ntSuccess, STATUS_NO_MATCH } from '../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { WavFile } from '../wav/wav-reader.ts';

/** No WAV file that is read has more. */
const MOST_CHANNELS = 8;

/** The endpoint claims no range that holds the format, or the engine cannot convert it. */
export class FormatRefusedError extends Error {
  /** Which of several files has the format; null where there is but one. */
  readonly file: WavFile | null;

  constructor(message: string, file: WavFile | null = null) {
    super(message);
    this.file = file;
  }
}

/** The driver started, and shows nothing to play on. */
export class NoEndpointError extends Error {}

/** @throws NoEndpointError when there is none, FormatRefusedError when it does not take `format`. */
export function chooseEndpoint(
  endpoints: readonly EndpointFacts[],
  direction: EndpointFacts['direction'],
  format: PcmFormat,
): EndpointFacts {
  const chosen = endpoints.find((endpoint) => endpoint.direction === direction);
  if (chosen === undefined) {
    const purpose = direction === 'render' ? 'play on' : 'record from';
    throw new NoEndpointError(`there is no ${direction} endpoint to ${purpose}`);
  }
  const { dataRanges } = chosen.streamingPin;
  if (!dataRanges.some((range) => holds(range, format))) {
    throw refusal(chosen, format);
  }
  return chosen;
}

/**
 * Data ranges cannot say everything, such as a least number of channels: the pin is asked.
 * @throws FormatRefusedError when it says that it could not be opened with the format
 */
export function checkProposal(filter: KsFilter, endpoint: EndpointFacts, format: PcmFormat): void {
  const { dataRanges, id } = endpoint.streamingPin;
  if (filter.proposeFormat(id, format) !== STATUS_NO_MATCH) return;
  const most = Math.max(0, ...dataRanges.map(({ audio }) => audio?.maximumChannels ?? 0));
  const counts: number[] = [];
  for (let channels = 1; channels <= Math.min(most, MOST_CHANNELS); channels++) {
    const channelMask = defaultChannelMask(channels);
    const proposed = filter.proposeFormat(id, { ...format, channels, channelMask });
    if (ntSuccess(proposed)) counts.push(channels);
  }
  throw refusal(endpoint, format, counts);
}

/** `channelCounts` are those that the pin takes, where it was asked. */
const refusal = (
  { name, streamingPin }: EndpointFacts,
  format: PcmFormat,
  channelCounts: readonly number[] = [],
): FormatRefusedError =>
  new FormatRefusedError(
    `${name} does not take ${describeSound(format)}; ` +
      `it takes ${describeRanges(streamingPin.dataRanges, channelCounts)}`,
  );

function holds({ audio, subFormat }: DataRange, format: PcmFormat): boolean {
  return (
    audio !== undefined &&
    subFormat === (format.float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM) &&
    format.channels <= audio.maximumChannels &&
    format.validBits >= audio.minimumBitsPerSample &&
    format.validBits <= audio.maximumBitsPerSample &&
    format.rateHz >= audio.minimumSampleFrequency &&
    format.rateHz <= audio.maximumSampleFrequency
  );
}

/** `37.8 kHz, 16 bits, 2 channels` */
export function describeSound({ channels, float, rateHz, validBits }: PcmFormat): string {
  const bits = float ? '32-bit float' : `${validBits} bits`;
  return `${rateHz / 1000} kHz, ${bits}, ${channels === 1 ? '1 channel' : `${channels} channels`}`;
}

/** `44.1 or 48 kHz, 16, 24 or 32 bits or 32-bit float, 1 to 8 channels`: all ranges together. */
function describeRanges(ranges: readonly DataRange[], channelCounts: readonly number[]): string {
  const rates = new Map<number, string>();
  const bits = new Map<number, string>();
  const floats = new Set<string>();
  let channels = 0;
  for (const { audio, subFormat } of ranges) {
    if (audio === undefined) continue;
    const [lowBits, highBits] = [audio.minimumBitsPerSample, audio.maximumBitsPerSample];
    if (subFormat !== KSDATAFORMAT_SUBTYPE_IEEE_FLOAT) bits.set(lowBits, span(lowBits, highBits));
    else floats.add(`${span(lowBits, highBits)}-bit float`);
    const [lowRate, highRate] = [audio.minimumSampleFrequency, audio.maximumSampleFrequency];
    rates.set(lowRate, span(lowRate / 1000, highRate / 1000));
    channels = Math.max(channels, audio.maximumChannels);
  }
  if (channels === 0) return 'no sound that a WAV file holds';
  const sizes = [...(bits.size === 0 ? [] : [`${choice(bits)} bits`]), ...floats].join(' or ');
  return `${choice(rates)} kHz, ${sizes}, ${describeChannels(channels, channelCounts)}`;
}

/** What a data range claims, or the counts that are really taken. */
function describeChannels(most: number, counts: readonly number[]): string {
  if (counts.length === 0) return most === 1 ? '1 channel' : `1 to ${most} channels`;
  const text = choice(new Map(counts.map((count) => [count, `${count}`])));
  return text === '1' ? '1 channel' : `${text} channels`;
}

const span = (low: number, high: number): string => (low === high ? `${low}` : `${low} to ${high}`);

/** The texts in the order of their numbers: `a, b or c`. */
function choice(texts: ReadonlyMap<number, string>): string {
  const sorted = [...texts].sort(([left], [right]) => left - right).map(([, text]) => text);
  const last = sorted.pop() ?? '';
  return sorted.length === 0 ? last : `${sorted.join(', ')} or ${last}`;
}
