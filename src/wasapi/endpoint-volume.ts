/**
 * IAudioEndpointVolume: the volume of everything that an endpoint plays in shared mode, applied by
 * the engine behind the sessions' own. Source: "EndpointVolume API".
 */
import type { Out } from '../base/out.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import { E_INVALIDARG, type HResult, S_OK } from './hresult.ts';
import type { IAudioEndpointVolume } from './interfaces.ts';
import { Reference } from './reference.ts';
import { isLevel } from './session-services.ts';

export class EndpointVolume extends Reference implements IAudioEndpointVolume {
  readonly #endpoint: AudioEndpoint;

  constructor(endpoint: AudioEndpoint) {
    super(() => {});
    this.#endpoint = endpoint;
  }

  setMasterVolumeLevelScalar(level: number): HResult {
    if (!isLevel(level)) return E_INVALIDARG;
    this.#endpoint.volume = level;
    this.#endpoint.applyVolume();
    return S_OK;
  }

  getMasterVolumeLevelScalar(level: Out<number>): HResult {
    level.value = this.#endpoint.volume;
    return S_OK;
  }

  setMute(isMuted: boolean): HResult {
    this.#endpoint.isMuted = isMuted;
    this.#endpoint.applyVolume();
    return S_OK;
  }

  getMute(isMuted: Out<boolean>): HResult {
    isMuted.value = this.#endpoint.isMuted;
    return S_OK;
  }
}
