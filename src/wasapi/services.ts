/**
 * IAudioClient::GetService: which of its interfaces a stream offers. A render stream has no
 * capture client and the other way round, and an exclusive one has no volume of its own.
 */
import type { Out } from '../base/out.ts';
import type { CaptureStream, RenderStream } from '../engine/client-stream.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { AUDCLNT_E_WRONG_ENDPOINT_TYPE, E_NOINTERFACE, type HResult, S_OK } from './hresult.ts';
import type { ClientServices, IReference } from './interfaces.ts';
import { AudioClock, AudioStreamVolume, SimpleAudioVolume } from './session-services.ts';
import { AudioCaptureClient, AudioRenderClient, type BufferLoan } from './stream-buffers.ts';

export interface ServiceParts {
  readonly stream: RenderStream | CaptureStream;
  readonly format: PcmFormat;
  readonly ram: Ram;
  readonly clock: { readonly now: number };
  readonly loan: BufferLoan;
  readonly client: IReference;
}

type ServiceMakers = {
  readonly [Name in keyof ClientServices]: (parts: ServiceParts) => ClientServices[Name] | HResult;
};

const makers: ServiceMakers = {
  IAudioRenderClient: ({ client, format, loan, ram, stream }) =>
    isRender(stream)
      ? new AudioRenderClient(stream, format, ram, loan, () => client.release())
      : AUDCLNT_E_WRONG_ENDPOINT_TYPE,
  IAudioCaptureClient: ({ client, loan, stream }) =>
    isRender(stream)
      ? AUDCLNT_E_WRONG_ENDPOINT_TYPE
      : new AudioCaptureClient(stream, loan, () => client.release()),
  IAudioClock: ({ client, clock, format, stream }) =>
    new AudioClock(stream, format, clock, () => client.release()),
  ISimpleAudioVolume: ({ client, stream }) =>
    stream.volume !== null
      ? new SimpleAudioVolume(stream.volume, () => client.release())
      : E_NOINTERFACE,
  IAudioStreamVolume: ({ client, stream }) =>
    stream.volume !== null
      ? new AudioStreamVolume(stream.volume, () => client.release())
      : E_NOINTERFACE,
};

export function makeService<Name extends keyof ClientServices>(
  name: Name,
  service: Out<ClientServices[Name] | null>,
  parts: ServiceParts,
): HResult {
  if (!(name in makers)) return E_NOINTERFACE;
  const made = makers[name](parts);
  if (typeof made === 'number') return made;
  parts.client.addRef();
  service.value = made;
  return S_OK;
}

function isRender(stream: RenderStream | CaptureStream): stream is RenderStream {
  return 'writeAt' in stream;
}
