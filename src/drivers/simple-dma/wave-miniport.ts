/**
 * The WaveRT miniport: tells what the wave filter looks like, what DMA the part can do, and makes
 * a stream for each open pin. Source: IMiniportWaveRT.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  type DeviceDescription,
  IID_IMiniportWaveRT,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type IPortWaveRTStream,
  PCIBus,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { formatProposal } from '../format-proposal.ts';
import { LARGEST_BUFFER_BYTES } from './cyclic-buffer.ts';
import { OWNER, type SimpleDmaAdapter, type StartedDevice } from './simple-dma-adapter.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';
import { readFormat } from './wave-format.ts';
import { SimpleDmaWaveStream } from './wave-stream.ts';

const LAST_32_BIT_ADDRESS = 0xffff_ffff;

/** All methods at PASSIVE_LEVEL. */
export class SimpleDmaWaveMiniport extends ComObject implements IMiniportWaveRT {
  readonly #wdk: Wdk;
  readonly #adapter: SimpleDmaAdapter;
  readonly #device: StartedDevice;
  readonly #description: PcFilterDescriptor;

  constructor(wdk: Wdk, adapter: SimpleDmaAdapter, device: StartedDevice) {
    super(wdk, OWNER, 'simple DMA wave miniport', [IID_IMiniportWaveRT]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#device = device;
    const { capabilities } = device;
    const proposal = formatProposal(wdk, (pin, dataFormat) => {
      const isCapture = pin === WAVE_PIN.CAPTURE;
      const isStreaming = isCapture || pin === WAVE_PIN.PLAYBACK;
      return isStreaming && readFormat(wdk, dataFormat, capabilities, isCapture) !== null;
    });
    this.#description = {
      ...describeWaveFilter(capabilities),
      automationTable: { properties: [proposal] },
    };
  }

  /** The adapter came with the constructor, and neither resources nor port are needed later. */
  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = this.#description;
    return STATUS_SUCCESS;
  }

  /** The ranges are intervals of plain PCM with two channels: the port's default handler will do. */
  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }

  /**
   * A stream in STOP. STATUS_NO_MATCH for a format that the channel does not take,
   * STATUS_INSUFFICIENT_RESOURCES when another stream has it.
   */
  newStream(
    stream: Out<IMiniportWaveRTStream | null>,
    portStream: IPortWaveRTStream,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
  ): NtStatus {
    stream.value = null;
    const ownPin = capture ? WAVE_PIN.CAPTURE : WAVE_PIN.PLAYBACK;
    if (pin !== ownPin) return STATUS_INVALID_PARAMETER;
    const { capabilities, playback } = this.#device;
    const format = readFormat(this.#wdk, dataFormat, capabilities, capture);
    if (format === null) return STATUS_NO_MATCH;
    const channel = capture ? this.#device.capture : playback;
    if (!this.#adapter.acquireChannel(channel)) return STATUS_INSUFFICIENT_RESOURCES;
    const parts = { adapter: this.#adapter, device: this.#device, portStream, channel };
    stream.value = new SimpleDmaWaveStream(this.#wdk, parts, format);
    return STATUS_SUCCESS;
  }

  getDeviceDescription(description: DeviceDescription): NtStatus {
    const { gathers, highAddress } = this.#device.capabilities;
    description.master = true;
    description.scatterGather = gathers;
    description.dma32BitAddresses = highAddress >= LAST_32_BIT_ADDRESS;
    description.dma64BitAddresses = highAddress > LAST_32_BIT_ADDRESS;
    description.interfaceType = PCIBus;
    description.maximumLength = LARGEST_BUFFER_BYTES;
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.#adapter.release();
  }
}
