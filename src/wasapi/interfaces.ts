/**
 * The interfaces of WASAPI and the MMDevice API as TypeScript sees them: Windows' methods in
 * camelCase, HRESULTs returned, results in caller-owned `Out` objects, formats as PcmFormat, times
 * in 100 ns, buffers as addresses in the machine's memory. Sources: audioclient.h,
 * mmdeviceapi.h, endpointvolume.h.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Out } from '../base/out.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { HResult } from './hresult.ts';

/** Names of interfaces, in place of IIDs, with the type that each stands for. */
export interface ClientServices {
  readonly IAudioRenderClient: IAudioRenderClient;
  readonly IAudioCaptureClient: IAudioCaptureClient;
  readonly IAudioClock: IAudioClock;
  readonly ISimpleAudioVolume: ISimpleAudioVolume;
  readonly IAudioStreamVolume: IAudioStreamVolume;
}

export interface DeviceInterfaces {
  readonly IAudioClient: IAudioClient3;
  readonly IAudioClient3: IAudioClient3;
  readonly IAudioEndpointVolume: IAudioEndpointVolume;
}

/** Lifetime: an object is over when as many `release` as references were taken. */
export interface IReference {
  addRef(): number;
  release(): number;
}

export interface IMMDeviceEnumerator {
  /** `flow`: eRender 0, eCapture 1, eAll 2. `stateMask`: one or more DEVICE_STATE_* bits. */
  enumAudioEndpoints(flow: number, stateMask: number, devices: Out<readonly IMMDevice[]>): HResult;
  /** E_NOTFOUND when no endpoint of that flow is active. */
  getDefaultAudioEndpoint(flow: number, role: number, device: Out<IMMDevice | null>): HResult;
  /** E_NOTFOUND for an id that nobody has. */
  getDevice(id: string, device: Out<IMMDevice | null>): HResult;
}

export interface IMMDevice {
  /** AUDCLNT_E_DEVICE_INVALIDATED when the endpoint is not there. */
  activate<Name extends keyof DeviceInterfaces>(
    name: Name,
    object: Out<DeviceInterfaces[Name] | null>,
  ): HResult;
  getId(id: Out<string>): HResult;
  getState(state: Out<number>): HResult;
  /** PKEY_Device_FriendlyName and PKEY_AudioEndpoint_FormFactor of the property store. */
  getFriendlyName(name: Out<string>): HResult;
  getFormFactor(formFactor: Out<number>): HResult;
}

export interface IAudioClient extends IReference {
  initialize(
    shareMode: number,
    streamFlags: number,
    bufferDuration: number,
    periodicity: number,
    format: PcmFormat,
  ): HResult;
  getBufferSize(frames: Out<number>): HResult;
  getStreamLatency(latency: Out<number>): HResult;
  getCurrentPadding(frames: Out<number>): HResult;
  isFormatSupported(shareMode: number, format: PcmFormat, closest: Out<PcmFormat | null>): HResult;
  getMixFormat(format: Out<PcmFormat | null>): HResult;
  getDevicePeriod(defaultPeriod: Out<number>, minimumPeriod: Out<number>): HResult;
  start(): HResult;
  stop(): HResult;
  reset(): HResult;
  setEventHandle(handle: number): HResult;
  getService<Name extends keyof ClientServices>(
    name: Name,
    service: Out<ClientServices[Name] | null>,
  ): HResult;
}

export interface EnginePeriodOut {
  readonly defaultFrames: Out<number>;
  readonly fundamentalFrames: Out<number>;
  readonly minimumFrames: Out<number>;
  readonly maximumFrames: Out<number>;
}

export interface IAudioClient3 extends IAudioClient {
  getSharedModeEnginePeriod(format: PcmFormat, periods: EnginePeriodOut): HResult;
  getCurrentSharedModeEnginePeriod(format: Out<PcmFormat | null>, frames: Out<number>): HResult;
  initializeSharedAudioStream(flags: number, periodFrames: number, format: PcmFormat): HResult;
}

export interface IAudioRenderClient extends IReference {
  getBuffer(frames: number, data: Out<VirtualAddress>): HResult;
  releaseBuffer(frames: number, flags: number): HResult;
}

/** What IAudioCaptureClient::GetBuffer fills; the caller keeps one for all its calls. */
export interface CaptureBuffer {
  data: VirtualAddress;
  frames: number;
  flags: number;
  devicePosition: number;
  performanceCounter: number;
}

export interface IAudioCaptureClient extends IReference {
  getBuffer(buffer: CaptureBuffer): HResult;
  releaseBuffer(frames: number): HResult;
  getNextPacketSize(frames: Out<number>): HResult;
}

export interface IAudioClock extends IReference {
  /** Units of the position per second. */
  getFrequency(frequency: Out<number>): HResult;
  getPosition(position: Out<number>, performanceCounter: Out<number>): HResult;
  /** AUDIOCLOCK_CHARACTERISTIC_*. */
  getCharacteristics(characteristics: Out<number>): HResult;
  /** The one interface that the clock has beside its own; it takes a reference of its own. */
  queryInterface(name: 'IAudioClock2', clock: Out<IAudioClock2 | null>): HResult;
}

export interface IAudioClock2 extends IReference {
  /** Frames of the device that it has moved for the stream, and when that was. */
  getDevicePosition(position: Out<number>, performanceCounter: Out<number>): HResult;
}

export interface ISimpleAudioVolume extends IReference {
  setMasterVolume(level: number): HResult;
  getMasterVolume(level: Out<number>): HResult;
  setMute(isMuted: boolean): HResult;
  getMute(isMuted: Out<boolean>): HResult;
}

export interface IAudioStreamVolume extends IReference {
  getChannelCount(count: Out<number>): HResult;
  setChannelVolume(channel: number, level: number): HResult;
  getChannelVolume(channel: number, level: Out<number>): HResult;
  /** E_INVALIDARG unless there is one level for each channel. */
  setAllVolumes(levels: ArrayLike<number>): HResult;
  getAllVolumes(levels: Float32Array): HResult;
}

export interface IAudioEndpointVolume extends IReference {
  setMasterVolumeLevelScalar(level: number): HResult;
  getMasterVolumeLevelScalar(level: Out<number>): HResult;
  setMute(isMuted: boolean): HResult;
  getMute(isMuted: Out<boolean>): HResult;
}
