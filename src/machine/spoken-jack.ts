/** Where what is spoken goes in, by the endpoint that records it: the line in, or a microphone. */
import { Mouth, type SpeechJournal } from '../client/mouth.ts';
import type { FrameSource } from '../client/render-buffer.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import { MonoMouth } from './mono-mouth.ts';

/** What counts the frames that were spoken. */
export interface SpokenFrames {
  readonly spokenFrames: number;
}

/** Puts a mouth in front of the jack that the endpoint stands for. */
export function speakInto(
  device: AudioDevice,
  isMicrophone: boolean,
  format: PcmFormat,
  source: FrameSource,
  journal: SpeechJournal,
): SpokenFrames {
  const { microphone } = device;
  if (microphone !== undefined && isMicrophone) {
    const mouth = new MonoMouth(source, journal);
    microphone.source = mouth;
    return mouth;
  }
  const mouth = new Mouth(source, frameBytes(format), journal);
  device.lineIn.source = mouth;
  return mouth;
}
