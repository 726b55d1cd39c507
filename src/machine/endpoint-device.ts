/**
 * An endpoint as applications come by it: the default one of its direction, or the one that a
 * person chose, by its id. Source: IMMDeviceEnumerator.
 */
import { defined } from '../base/assert.ts';
import { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine } from '../engine/audio-engine.ts';
import {
  createDeviceEnumerator,
  eCapture,
  eConsole,
  eRender,
  type IMMDevice,
} from '../wasapi/index.ts';
import { checkResult } from './wasapi-result.ts';

/** @throws WasapiError when it is not there, or no endpoint is active */
export function endpointDevice(
  engine: AudioEngine,
  home: ClientHome,
  { id, isRender }: AudioEndpoint,
  isChosen: boolean,
): IMMDevice {
  const device = new Out<IMMDevice | null>(null);
  const enumerator = createDeviceEnumerator(engine, home);
  if (isChosen) {
    checkResult('IMMDeviceEnumerator::GetDevice', enumerator.getDevice(id, device));
  } else {
    const flow = isRender ? eRender : eCapture;
    const asked = enumerator.getDefaultAudioEndpoint(flow, eConsole, device);
    checkResult('IMMDeviceEnumerator::GetDefaultAudioEndpoint', asked);
  }
  return defined(device.value, 'endpoint');
}
