/**
 * Everything that there is to know of an endpoint before a stream is opened, as the audio engine
 * and its clients find it out: jack, volume, formats, engine periods, stream classes, and the
 * least that an exclusive client can have. Pins are opened and closed again; nothing plays.
 */
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { AudioEndpoint, EndpointState } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import { mixFormatOf } from '../engine/device-format.ts';
import type { EnginePeriods } from '../engine/engine-period.ts';
import { formFactorName } from '../engine/form-factor.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { readMute, readVolume, type VolumeDetails } from './endpoint-controls.ts';
import { type TakenFormats, takenFormats } from './endpoint-formats.ts';
import { type JackDetails, readJacks } from './endpoint-jacks.ts';
import { nodesOfEndpoint } from './endpoint-path.ts';
import {
  type ExclusiveMinimum,
  readExclusiveMinimum,
  readStreamClasses,
  type StreamClasses,
} from './endpoint-streams.ts';

export interface EndpointDetails {
  readonly id: string;
  readonly name: string;
  readonly direction: 'render' | 'capture';
  readonly formFactor: string;
  readonly state: EndpointState;
  /** The bridge pin: where the sound leaves the machine, or enters it. */
  readonly bridge: { readonly filter: string; readonly pin: number };
  /** The pin that streams are opened on; null when no path leads to one. */
  readonly host: { readonly filter: string; readonly pin: number } | null;
  readonly jacks: readonly JackDetails[];
  readonly volume: VolumeDetails | null;
  /** Of each channel; null when there is no mute. */
  readonly mute: readonly boolean[] | null;
  /** What a stream can be opened with; null when there is no host pin, or it takes no sound. */
  readonly stream: StreamDetails | null;
}

export interface StreamDetails {
  /** What the engine opens its pin with. */
  readonly deviceFormat: PcmFormat;
  /** What the engine adds sessions up in. */
  readonly mixFormat: PcmFormat;
  readonly formats: readonly TakenFormats[];
  readonly periods: EnginePeriods;
  readonly classes: StreamClasses;
  /** Null while the endpoint is not active. */
  readonly exclusive: ExclusiveMinimum | null;
}

/** @param home the process that asks, an application's */
export function describeEndpoints(engine: AudioEngine, home: ClientHome): EndpointDetails[] {
  return engine.endpoints.map((endpoint) => describeEndpoint(engine, home, endpoint));
}

function describeEndpoint(
  engine: AudioEngine,
  home: ClientHome,
  endpoint: AudioEndpoint,
): EndpointDetails {
  const { bridgeLink, bridgePinId, formFactor, friendlyName, host, id, isRender, state } = endpoint;
  const path = nodesOfEndpoint(engine.builder.filters, endpoint);
  return {
    id,
    name: friendlyName,
    direction: isRender ? 'render' : 'capture',
    formFactor: formFactorName(formFactor),
    state,
    bridge: { filter: bridgeLink.slice(bridgeLink.lastIndexOf('\\') + 1), pin: bridgePinId },
    host: host === null ? null : { filter: host.filter.name, pin: host.pin.id },
    jacks: readJacks(home, bridgeLink, bridgePinId),
    volume: readVolume(home, path),
    mute: readMute(home, path),
    stream: describeStream(engine, home, endpoint),
  };
}

/** A filter that went while it was asked has nothing to tell. */
function describeStream(
  engine: AudioEngine,
  home: ClientHome,
  endpoint: AudioEndpoint,
): StreamDetails | null {
  const { deviceFormat, host, isRender } = endpoint;
  if (deviceFormat === null || host === null) return null;
  const periods = engine.periodsAt(endpoint, deviceFormat);
  const periodFrames = periods.defaultFrames;
  const { kernel } = engine;
  const probe = { kernel, home, host, format: deviceFormat, isRender, periodFrames };
  try {
    return {
      deviceFormat,
      mixFormat: mixFormatOf(deviceFormat),
      formats: takenFormats(home, host),
      periods,
      classes: readStreamClasses(probe),
      exclusive: readExclusiveMinimum(engine, home, endpoint),
    };
  } catch (error) {
    if (error instanceof KsError) return null;
    throw error;
  }
}
