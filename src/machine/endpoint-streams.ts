/**
 * What streams an endpoint offers: by a timer, with notification, in packets, each found out by
 * asking an open pin as the audio engine does; which of them the engine picks; and the smallest
 * buffer of an exclusive, event-driven client, found by opening one through WASAPI.
 * Source: "Low Latency Audio", IAudioClient::Initialize, IAudioClient::GetDevicePeriod.
 */
import { defined } from '../base/assert.ts';
import { Out } from '../base/out.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { KsPin } from '../client/ks-pin.ts';
import { SmallBufferError } from '../client/open-stream.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import type { HostPin } from '../engine/endpoint-walk.ts';
import { hasCyclicBuffer, openEnginePin } from '../engine/open-engine-pin.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ntSuccess, STATUS_NOT_SUPPORTED, statusName } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import {
  AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  createDeviceEnumerator,
  type IAudioClient,
  type IAudioClient3,
  type IMMDevice,
  succeeded,
} from '../wasapi/index.ts';
import { type PinStreamKind, type StreamKind, streamKindOf } from './stream-kind.ts';
import { checkResult, WasapiError } from './wasapi-result.ts';

export interface StreamClasses {
  readonly offered: readonly StreamKind[];
  /** Why each other kind is not offered. */
  readonly refused: Readonly<Partial<Record<StreamKind, string>>>;
  /** What the audio engine drives the pin by; null when it cannot open one. */
  readonly engineDrive: PinStreamKind | null;
}

export interface ExclusiveMinimum {
  /** IAudioClient::GetDevicePeriod. */
  readonly minimumPeriod100ns: number;
  readonly format: PcmFormat;
  /** Frames of one buffer of a client that asks for the minimum; null when it is refused. */
  readonly bufferFrames: number | null;
  /** The size asked for had to be aligned first. */
  readonly isAligned: boolean;
  readonly refusal: string | null;
}

/** The device opens one of these at a time, so nothing may be open on the endpoint. */
export interface StreamProbe {
  readonly kernel: Kernel;
  readonly home: ClientHome;
  readonly host: HostPin;
  readonly format: PcmFormat;
  readonly isRender: boolean;
  readonly periodFrames: number;
}

const PROBE_PACKETS = 2;

export function readStreamClasses(probe: StreamProbe): StreamClasses {
  const refused: Partial<Record<StreamKind, string>> = {};
  const note = (kind: StreamKind, why: string | null): void => {
    if (why !== null) refused[kind] = why;
  };
  note('timer', withPin(probe, whyNoTimer));
  const noEvents = withPin(probe, whyNoEvents);
  note('event', noEvents);
  note('packet', noEvents ?? withPin(probe, whyNoPackets));
  const kinds: readonly StreamKind[] = ['timer', 'event', 'packet'];
  const offered = kinds.filter((kind) => refused[kind] === undefined);
  return { offered, refused, engineDrive: engineDrive(probe) };
}

type Question = (pin: KsPin, probe: StreamProbe) => string | null;

/** Asks a pin of its own; a refusal is an answer. */
function withPin(probe: StreamProbe, question: Question): string | null {
  const filter = KsFilter.open(probe.home, probe.host.filter.symbolicLink);
  let pin: KsPin | null = null;
  try {
    pin = filter.openPin(probe.host.pin.id, probe.format);
    return question(pin, probe);
  } catch (error) {
    if (error instanceof KsError) return error.message;
    throw error;
  } finally {
    pin?.close();
    filter.close();
  }
}

const probeBytes = ({ format, periodFrames }: StreamProbe): number =>
  PROBE_PACKETS * periodFrames * frameBytes(format);

const whyNoTimer: Question = (pin, probe) => {
  const bytes = probeBytes(probe);
  return whyNoBuffer('RTAUDIO_BUFFER', bytes, pin.tryAllocateBuffer(bytes));
};

const whyNoEvents: Question = (pin, probe) => {
  if (!pin.queryNotificationSupport()) return 'QUERY_NOTIFICATION_SUPPORT answers FALSE';
  const bytes = probeBytes(probe);
  const answer = pin.tryAllocateBufferWithNotification(bytes, PROBE_PACKETS);
  return whyNoBuffer('BUFFER_WITH_NOTIFICATION', bytes, answer);
};

/** A buffer that is smaller than the engine asked for is none to it. */
function whyNoBuffer(
  property: string,
  bytes: number,
  { buffer, status }: ReturnType<KsPin['tryAllocateBuffer']>,
): string | null {
  if (!ntSuccess(status) || buffer === null) return `${property} answers ${statusName(status)}`;
  if (buffer.actualBytes >= bytes) return null;
  return `${property} gives ${buffer.actualBytes} bytes for ${bytes}`;
}

/** A stream that stands has no packet to read, which is another answer than not to know any. */
const whyNoPackets: Question = (pin, probe) => {
  pin.tryAllocateBufferWithNotification(probeBytes(probe), PROBE_PACKETS);
  const { status } = probe.isRender ? pin.tryPacketCount() : pin.tryReadPacket();
  const property = probe.isRender ? 'PACKETCOUNT' : 'GETREADPACKET';
  return status === STATUS_NOT_SUPPORTED ? `${property} answers ${statusName(status)}` : null;
};

function engineDrive({ format, home, host, isRender, kernel, periodFrames }: StreamProbe) {
  try {
    const stream = openEnginePin(kernel, home, {
      symbolicLink: host.filter.symbolicLink,
      pinId: host.pin.id,
      isRender,
      format,
      periodFrames,
      timerPeriods: PROBE_PACKETS,
      drive: 'packets',
      takesPackets: !hasCyclicBuffer(host.filter),
    });
    stream.close();
    return streamKindOf(stream.drive);
  } catch (error) {
    if (error instanceof KsError || error instanceof SmallBufferError) return null;
    throw error;
  }
}

/** Null for an endpoint that cannot be activated. @throws WasapiError */
export function readExclusiveMinimum(
  engine: AudioEngine,
  home: ClientHome,
  endpoint: AudioEndpoint,
): ExclusiveMinimum | null {
  if (endpoint.state !== 'active' || endpoint.deviceFormat === null) return null;
  const device = new Out<IMMDevice | null>(null);
  const enumerator = createDeviceEnumerator(engine, home);
  checkResult('IMMDeviceEnumerator::GetDevice', enumerator.getDevice(endpoint.id, device));
  const client = new Out<IAudioClient3 | null>(null);
  const activated = defined(device.value, 'device').activate('IAudioClient', client);
  checkResult('IMMDevice::Activate', activated);
  const audio = defined(client.value, 'audio client');
  const period = new Out(0);
  checkResult('IAudioClient::GetDevicePeriod', audio.getDevicePeriod(new Out(0), period));
  const format = endpoint.deviceFormat;
  const opened = openExclusive(audio, period.value, format);
  audio.release();
  return { minimumPeriod100ns: period.value, format, ...opened };
}

/** As the page of Initialize says: what is not aligned is asked for again, as GetBufferSize tells. */
function openExclusive(
  audio: IAudioClient,
  minimumPeriod100ns: number,
  format: PcmFormat,
): Pick<ExclusiveMinimum, 'bufferFrames' | 'isAligned' | 'refusal'> {
  const initialize = (duration: number) =>
    audio.initialize(
      AUDCLNT_SHAREMODE_EXCLUSIVE,
      AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
      duration,
      duration,
      format,
    );
  const frames = new Out(0);
  let result = initialize(minimumPeriod100ns);
  const isAligned = result === AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED;
  if (isAligned && succeeded(audio.getBufferSize(frames))) {
    result = initialize(Math.round((frames.value * 1e7) / format.rateHz));
  }
  if (!succeeded(result)) {
    const refusal = new WasapiError('IAudioClient::Initialize', result).message;
    return { bufferFrames: null, isAligned, refusal };
  }
  checkResult('IAudioClient::GetBufferSize', audio.getBufferSize(frames));
  return { bufferFrames: frames.value, isAligned, refusal: null };
}
