/**
 * An audio endpoint: what a user plugs into, hears from or speaks into, with the host pin behind
 * it and the one engine or exclusive stream that has it open. It outlives the device's presence,
 * so that whoever holds it learns that it is gone. Source: "Audio Endpoint Devices".
 */
import type { PacketSizeConstraints } from '../standards/ks/packet-size-constraints.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { CaptureEngine } from './capture-engine.ts';
import type { HostPin, WalkedEndpoint } from './endpoint-walk.ts';
import { type EndpointFormFactor, formFactorName, formFactorOf } from './form-factor.ts';
import type { RenderEngine } from './render-engine.ts';

export type EndpointState = 'active' | 'unplugged' | 'not present';

/** A stream that one application has for itself. */
export interface ExclusiveHold {
  /** The endpoint is gone. */
  invalidate(): void;
}

export class AudioEndpoint {
  readonly id: string;
  readonly friendlyName: string;
  readonly formFactor: EndpointFormFactor;
  readonly isRender: boolean;
  readonly bridgeLink: string;
  readonly bridgePinId: number;
  host: HostPin | null;
  state: EndpointState;
  /** What the engine's pin is opened with; null while the endpoint has no host pin. */
  deviceFormat: PcmFormat | null = null;
  /** What the driver declares of packets; null while it declares nothing. */
  packetLimits: PacketSizeConstraints | null = null;
  /** Packets that the driver would like, in frames of the format; 0 for any. */
  framedFrames = 0;
  framedFor: PcmFormat | null = null;
  /** Shared mode, while somebody uses it. */
  renderEngine: RenderEngine | null = null;
  captureEngine: CaptureEngine | null = null;
  exclusive: ExclusiveHold | null = null;
  /** The user's choice: "Allow applications to take exclusive control of this device". */
  isExclusiveAllowed = true;
  /** The endpoint's volume as an amplitude, and its mute; the engine applies both. */
  volume = 1;
  isMuted = false;

  /** @param adapter what the adapter is called, as a person knows it */
  constructor(walked: WalkedEndpoint, state: EndpointState, adapter: string) {
    const { bridgeFilter, bridgePin, host, isRender } = walked;
    this.isRender = isRender;
    this.host = host;
    this.state = state;
    this.bridgeLink = bridgeFilter.symbolicLink;
    this.bridgePinId = bridgePin.id;
    this.formFactor = formFactorOf(bridgePin.category);
    const name = bridgePin.name ?? formFactorName(this.formFactor);
    this.friendlyName = `${name} (${adapter})`;
    this.id = endpointId(isRender, `${this.bridgeLink}|${this.bridgePinId}`);
  }

  /** An engine or an application has the pin. */
  get isInUse(): boolean {
    return this.renderEngine !== null || this.captureEngine !== null || this.exclusive !== null;
  }

  applyVolume(): void {
    if (this.renderEngine === null) return;
    this.renderEngine.mixer.master = this.isMuted ? 0 : this.volume;
  }

  /** Closes what is open: its clients find the device invalidated. */
  closeStreams(): void {
    this.renderEngine?.close();
    this.captureEngine?.close();
    this.exclusive?.invalidate();
    this.renderEngine = null;
    this.captureEngine = null;
    this.exclusive = null;
  }
}

/**
 * `{0.0.0.00000000}.{guid}` for render, `{0.0.1.00000000}.{guid}` for capture. Windows keeps a
 * random GUID in the registry; here it follows from the pin, so that every run has the same.
 */
function endpointId(isRender: boolean, pin: string): string {
  const words = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((seed) => {
    let hash = seed;
    for (let index = 0; index < pin.length; index++) {
      hash = Math.imul(hash ^ pin.charCodeAt(index), 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  });
  const [first = '', second = '', third = '', fourth = ''] = words;
  const guid = [
    first,
    second.slice(0, 4),
    second.slice(4),
    third.slice(0, 4),
    third.slice(4) + fourth,
  ].join('-');
  return `{0.0.${isRender ? 0 : 1}.00000000}.{${guid}}`;
}
