/**
 * IMMDevice and IMMDeviceEnumerator over the engine's endpoints: who is there, in which state, and
 * a way to a client of each. Source: "MMDevice API", DEVICE_STATE_XXX constants.
 */
import type { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { AudioEndpoint, EndpointState } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import { AudioClient } from './audio-client.ts';
import {
  DEVICE_STATE_ACTIVE,
  DEVICE_STATE_NOTPRESENT,
  DEVICE_STATE_UNPLUGGED,
  DEVICE_STATEMASK_ALL,
  eAll,
  eCapture,
  eCommunications,
  eConsole,
  eMultimedia,
  eRender,
} from './constants.ts';
import { EndpointVolume } from './endpoint-volume.ts';
import {
  AUDCLNT_E_DEVICE_INVALIDATED,
  E_INVALIDARG,
  E_NOINTERFACE,
  E_NOTFOUND,
  type HResult,
  S_OK,
} from './hresult.ts';
import type { DeviceInterfaces, IMMDevice, IMMDeviceEnumerator } from './interfaces.ts';

const stateBits: Readonly<Record<EndpointState, number>> = {
  active: DEVICE_STATE_ACTIVE,
  unplugged: DEVICE_STATE_UNPLUGGED,
  'not present': DEVICE_STATE_NOTPRESENT,
};

/** CoCreateInstance(CLSID_MMDeviceEnumerator) in the client's process. */
export function createDeviceEnumerator(engine: AudioEngine, home: ClientHome): IMMDeviceEnumerator {
  return new MMDeviceEnumerator(engine, home);
}

class MMDeviceEnumerator implements IMMDeviceEnumerator {
  readonly #engine: AudioEngine;
  readonly #home: ClientHome;

  constructor(engine: AudioEngine, home: ClientHome) {
    this.#engine = engine;
    this.#home = home;
  }

  enumAudioEndpoints(flow: number, stateMask: number, devices: Out<readonly IMMDevice[]>): HResult {
    if (![eRender, eCapture, eAll].includes(flow)) return E_INVALIDARG;
    if (stateMask === 0 || (stateMask & ~DEVICE_STATEMASK_ALL) !== 0) return E_INVALIDARG;
    devices.value = this.#engine.endpoints
      .filter(({ isRender }) => flow === eAll || isRender === (flow === eRender))
      .filter(({ state }) => (stateBits[state] & stateMask) !== 0)
      .map((endpoint) => this.#device(endpoint));
    return S_OK;
  }

  /** One endpoint of each flow serves all roles: the first that is active. */
  getDefaultAudioEndpoint(flow: number, role: number, device: Out<IMMDevice | null>): HResult {
    if (flow !== eRender && flow !== eCapture) return E_INVALIDARG;
    if (![eConsole, eMultimedia, eCommunications].includes(role)) return E_INVALIDARG;
    const found = this.#engine.endpoints.find(
      ({ isRender, state }) => isRender === (flow === eRender) && state === 'active',
    );
    if (found === undefined) return E_NOTFOUND;
    device.value = this.#device(found);
    return S_OK;
  }

  getDevice(id: string, device: Out<IMMDevice | null>): HResult {
    const found = this.#engine.endpoints.find((endpoint) => endpoint.id === id);
    if (found === undefined) return E_NOTFOUND;
    device.value = this.#device(found);
    return S_OK;
  }

  #device(endpoint: AudioEndpoint): IMMDevice {
    return new MMDevice(this.#engine, this.#home, endpoint);
  }
}

class MMDevice implements IMMDevice {
  readonly #engine: AudioEngine;
  readonly #home: ClientHome;
  readonly #endpoint: AudioEndpoint;

  constructor(engine: AudioEngine, home: ClientHome, endpoint: AudioEndpoint) {
    this.#engine = engine;
    this.#home = home;
    this.#endpoint = endpoint;
  }

  activate<Name extends keyof DeviceInterfaces>(
    name: Name,
    object: Out<DeviceInterfaces[Name] | null>,
  ): HResult {
    if (this.#endpoint.state !== 'active') return AUDCLNT_E_DEVICE_INVALIDATED;
    const make: { readonly [Each in keyof DeviceInterfaces]: () => DeviceInterfaces[Each] } = {
      IAudioClient: () => new AudioClient(this.#engine, this.#home, this.#endpoint),
      IAudioClient3: () => new AudioClient(this.#engine, this.#home, this.#endpoint),
      IAudioEndpointVolume: () => new EndpointVolume(this.#endpoint),
    };
    if (!(name in make)) return E_NOINTERFACE;
    object.value = make[name]();
    return S_OK;
  }

  getId(id: Out<string>): HResult {
    id.value = this.#endpoint.id;
    return S_OK;
  }

  getState(state: Out<number>): HResult {
    state.value = stateBits[this.#endpoint.state];
    return S_OK;
  }

  getFriendlyName(name: Out<string>): HResult {
    name.value = this.#endpoint.friendlyName;
    return S_OK;
  }

  getFormFactor(formFactor: Out<number>): HResult {
    formFactor.value = this.#endpoint.formFactor;
    return S_OK;
  }
}
