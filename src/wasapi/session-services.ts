/**
 * The services of a stream that only look or turn down: IAudioClock and IAudioClock2,
 * ISimpleAudioVolume and IAudioStreamVolume. Source: their pages; levels are amplitudes from 0 to 1.
 */
import type { Out } from '../base/out.ts';
import type { ClientStream } from '../engine/client-stream.ts';
import type { SessionVolume } from '../engine/session-volume.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { AUDIOCLOCK_CHARACTERISTIC_FIXED_FREQ } from './constants.ts';
import {
  AUDCLNT_E_DEVICE_INVALIDATED,
  E_INVALIDARG,
  E_NOINTERFACE,
  type HResult,
  S_OK,
} from './hresult.ts';
import type {
  IAudioClock,
  IAudioClock2,
  IAudioStreamVolume,
  ISimpleAudioVolume,
} from './interfaces.ts';
import { Reference } from './reference.ts';

const NS_PER_TICK = 100;

export const isLevel = (level: number): boolean => level >= 0 && level <= 1;

/** Positions are frames, so the frequency is the stream's rate. */
export class AudioClock extends Reference implements IAudioClock, IAudioClock2 {
  readonly #stream: ClientStream;
  readonly #format: PcmFormat;
  readonly #clock: { readonly now: number };

  constructor(
    stream: ClientStream,
    format: PcmFormat,
    clock: { readonly now: number },
    over: () => void,
  ) {
    super(over);
    this.#stream = stream;
    this.#format = format;
    this.#clock = clock;
  }

  getFrequency(frequency: Out<number>): HResult {
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    frequency.value = this.#format.rateHz;
    return S_OK;
  }

  getPosition(position: Out<number>, performanceCounter: Out<number>): HResult {
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    position.value = this.#stream.positionFrames();
    performanceCounter.value = Math.floor(this.#clock.now / NS_PER_TICK);
    return S_OK;
  }

  getDevicePosition(position: Out<number>, performanceCounter: Out<number>): HResult {
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    position.value = this.#stream.deviceFrames();
    performanceCounter.value = Math.floor(this.#clock.now / NS_PER_TICK);
    return S_OK;
  }

  /** The rate of a stream does not change while it lives. */
  getCharacteristics(characteristics: Out<number>): HResult {
    characteristics.value = AUDIOCLOCK_CHARACTERISTIC_FIXED_FREQ;
    return S_OK;
  }

  queryInterface(name: 'IAudioClock2', clock: Out<IAudioClock2 | null>): HResult {
    clock.value = null;
    if (name !== 'IAudioClock2') return E_NOINTERFACE;
    this.addRef();
    clock.value = this;
    return S_OK;
  }
}

export class SimpleAudioVolume extends Reference implements ISimpleAudioVolume {
  readonly #volume: SessionVolume;

  constructor(volume: SessionVolume, over: () => void) {
    super(over);
    this.#volume = volume;
  }

  setMasterVolume(level: number): HResult {
    if (!isLevel(level)) return E_INVALIDARG;
    this.#volume.volume = level;
    return S_OK;
  }

  getMasterVolume(level: Out<number>): HResult {
    level.value = this.#volume.volume;
    return S_OK;
  }

  setMute(isMuted: boolean): HResult {
    this.#volume.isMuted = isMuted;
    return S_OK;
  }

  getMute(isMuted: Out<boolean>): HResult {
    isMuted.value = this.#volume.isMuted;
    return S_OK;
  }
}

export class AudioStreamVolume extends Reference implements IAudioStreamVolume {
  readonly #volume: SessionVolume;

  constructor(volume: SessionVolume, over: () => void) {
    super(over);
    this.#volume = volume;
  }

  getChannelCount(count: Out<number>): HResult {
    count.value = this.#volume.channelVolumes.length;
    return S_OK;
  }

  setChannelVolume(channel: number, level: number): HResult {
    if (!isLevel(level) || !this.#has(channel)) return E_INVALIDARG;
    this.#volume.setChannelVolume(channel, level);
    return S_OK;
  }

  getChannelVolume(channel: number, level: Out<number>): HResult {
    if (!this.#has(channel)) return E_INVALIDARG;
    level.value = this.#volume.channelVolumes[channel] ?? 0;
    return S_OK;
  }

  setAllVolumes(levels: ArrayLike<number>): HResult {
    const { length } = this.#volume.channelVolumes;
    if (levels.length !== length || !Array.from(levels).every(isLevel)) return E_INVALIDARG;
    for (let channel = 0; channel < length; channel++) {
      this.#volume.setChannelVolume(channel, levels[channel] ?? 0);
    }
    return S_OK;
  }

  getAllVolumes(levels: Float32Array): HResult {
    if (levels.length !== this.#volume.channelVolumes.length) return E_INVALIDARG;
    levels.set(this.#volume.channelVolumes);
    return S_OK;
  }

  #has(channel: number): boolean {
    const { length } = this.#volume.channelVolumes;
    return Number.isInteger(channel) && channel >= 0 && channel < length;
  }
}
