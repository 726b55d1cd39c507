/**
 * What turns a session down: its own volume, the volumes of its channels, and its mute. The gain
 * of a channel is their product with the endpoint's. Source: ISimpleAudioVolume,
 * IAudioStreamVolume; volumes are amplitudes from 0 to 1.
 */
export class SessionVolume {
  readonly channelVolumes: Float32Array;
  #volume = 1;
  #isMuted = false;
  readonly #changed: () => void;

  /** `changed` is called after every change, so that the mixer gets the new gains. */
  constructor(channels: number, changed: () => void) {
    this.channelVolumes = new Float32Array(channels).fill(1);
    this.#changed = changed;
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    this.#changed();
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#isMuted = isMuted;
    this.#changed();
  }

  setChannelVolume(channel: number, volume: number): void {
    this.channelVolumes[channel] = volume;
    this.#changed();
  }

  /** Nothing of the session is changed by its volume. */
  get isUnity(): boolean {
    return !this.#isMuted && this.#volume === 1 && this.channelVolumes.every((each) => each === 1);
  }

  /** The gain of the whole session in a mix with the endpoint's own gain. */
  gain(master: number): number {
    return this.#isMuted ? 0 : this.#volume * master;
  }
}
