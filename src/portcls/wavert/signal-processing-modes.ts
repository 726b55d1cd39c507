/**
 * The signal processing modes of a WaveRT filter: what KSPROPERTY_AUDIOSIGNALPROCESSING_MODES
 * answers for a pin, out of the miniport's IMiniportAudioSignalProcessing. A pin that is not for
 * streaming has no modes. Source: IMiniportAudioSignalProcessing::GetModes.
 */
import type { Guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import { answerGuids } from '../../ks/list-answer.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import type { KsRequest } from '../../ks/request.ts';
import { KSP_PIN, KSPIN_COMMUNICATION } from '../../standards/ks/requests.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
  AUDIO_SIGNALPROCESSINGMODE_RAW,
  KSPROPERTY_AUDIOSIGNALPROCESSING,
  KSPROPSETID_AudioSignalProcessing,
} from '../../standards/ks/signal-processing.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { IMiniportAudioSignalProcessing } from '../ddi/wavert-streams.ts';
import type { PortWaveRT } from './port-wavert.ts';
import { RefusedRanges } from './refused-ranges.ts';

export class SignalProcessingModes {
  readonly #port: PortWaveRT;
  readonly #miniport: IMiniportAudioSignalProcessing;
  readonly refusedRanges: RefusedRanges;

  constructor(port: PortWaveRT, miniport: IMiniportAudioSignalProcessing) {
    this.#port = port;
    this.#miniport = miniport;
    this.refusedRanges = new RefusedRanges(port.portClass.findings);
  }

  get propertySet(): PropertySet {
    return {
      set: KSPROPSETID_AudioSignalProcessing,
      items: [
        {
          id: KSPROPERTY_AUDIOSIGNALPROCESSING.MODES,
          get: (request) => this.#answer(request),
          request: KSP_PIN,
          value: 0,
        },
      ],
    };
  }

  #answer(request: KsRequest): NtStatus {
    const pinId = request.view.getUint32(request.requestAt + KSP_PIN.offsets.PinId, true);
    const pin = this.#port.description.pins[pinId];
    if (pin === undefined) return STATUS_INVALID_PARAMETER;
    const modes: Guid[] = [];
    const status = this.modesOf(pinId, modes);
    if (status === STATUS_NOT_SUPPORTED) return answerGuids(request, []);
    if (!ntSuccess(status)) return status;
    const isHost = pin.communication === KSPIN_COMMUNICATION.SINK;
    if (isHost) this.#checkHost(pinId, modes);
    return answerGuids(request, modes);
  }

  /** Puts the modes of a pin into `modes`: their number first, then the modes themselves. */
  modesOf(pinId: number, modes: Guid[]): NtStatus {
    const count = new Out(0);
    const counted = this.#miniport.getModes(pinId, null, count);
    if (!ntSuccess(counted) || count.value === 0) return counted;
    const status = this.#miniport.getModes(pinId, modes, count);
    if (ntSuccess(status) && modes.length !== count.value) {
      this.#report(`GetModes: ${modes.length} modes of pin ${pinId}, and says ${count.value}`);
    }
    return status;
  }

  /** What a miniport that opened a pin in `mode` has to have listed, and not refused before. */
  checkOpened(pinId: number, mode: Guid, formatAt: number): void {
    const { view } = this.#port.kernel.memory.ram;
    const ranges = this.#port.description.pins[pinId]?.dataRanges ?? [];
    this.refusedRanges.checkOpened(pinId, mode, view, formatAt, ranges);
    const modes: Guid[] = [];
    if (this.modesOf(pinId, modes) !== STATUS_SUCCESS || modes.includes(mode)) return;
    this.#report(`NewStream took a mode that pin ${pinId} does not list: ${mode.text}`);
  }

  release(): void {
    this.#miniport.release();
  }

  #checkHost(pinId: number, modes: readonly Guid[]): void {
    const isEnough =
      modes.includes(AUDIO_SIGNALPROCESSINGMODE_RAW) ||
      modes.includes(AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    if (!isEnough) this.#report(`GetModes: pin ${pinId} has neither RAW nor DEFAULT`);
  }

  #report(text: string): void {
    this.#port.portClass.findings.report(text);
  }
}
