/**
 * The interfaces that a WaveRT stream may have beside IMiniportWaveRTStream. The port asks for each
 * once, when NewStream returned the stream, holds what it got until the pin closes, and answers
 * the properties that belong to an interface only where it is there. Source:
 * IMiniportWaveRTStreamNotification, IMiniportWaveRTInputStream, IMiniportWaveRTOutputStream.
 */
import type { InterfaceId } from '../ddi/declare.ts';
import type { IMiniportWaveRTStream } from '../ddi/miniport.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import {
  IID_IMiniportWaveRTInputStream,
  IID_IMiniportWaveRTOutputStream,
  IID_IMiniportWaveRTStreamNotification,
  type IMiniportWaveRTInputStream,
  type IMiniportWaveRTOutputStream,
  type IMiniportWaveRTStreamNotification,
} from '../ddi/wavert-streams.ts';
import type { PortClass } from '../port-class.ts';

export class StreamInterfaces {
  /** Null where the stream has no such interface. All of them are guarded. */
  readonly notification: IMiniportWaveRTStreamNotification | null;
  /** Of capture streams only. */
  readonly input: IMiniportWaveRTInputStream | null;
  /** Of render streams only. */
  readonly output: IMiniportWaveRTOutputStream | null;

  constructor(portClass: PortClass, stream: IMiniportWaveRTStream, isCapture: boolean) {
    const { findings, guard } = portClass;
    const query = <T extends IUnknown>(iid: InterfaceId<T>, hasUse: boolean): T | null => {
      const found = guard.query(iid, stream);
      if (found === null || hasUse) return found;
      const direction = isCapture ? 'capture' : 'render';
      findings.report(`a ${direction} stream offers ${iid.name}, of which it has no use`);
      found.release();
      return null;
    };
    this.notification = query(IID_IMiniportWaveRTStreamNotification, true);
    this.input = query(IID_IMiniportWaveRTInputStream, isCapture);
    this.output = query(IID_IMiniportWaveRTOutputStream, !isCapture);
  }

  release(): void {
    this.notification?.release();
    this.input?.release();
    this.output?.release();
  }
}
