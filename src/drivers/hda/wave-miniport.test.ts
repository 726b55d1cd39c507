import { describe, expect } from 'vitest';
import { virtual } from '../../base/brand.ts';
import type { Guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import type { HdaController } from '../../hardware/index.ts';
import {
  type DeviceDescription,
  IID_IMiniportAudioSignalProcessing,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type IPortWaveRTStream,
} from '../../portcls/ddi/index.ts';
import { KSDATARANGE_AUDIO } from '../../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../../standards/ks/guids.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
  AUDIO_SIGNALPROCESSINGMODE_RAW,
} from '../../standards/ks/topology-controls.ts';
import { readWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { formatOf, type Lab, type LabMachine, scenario } from '../../testing/index.ts';
import { intelHda, tampered } from './hda-lab.test-support.ts';
import type { TamperedDevice } from './tampered-device.test-support.ts';

/** A booted machine and its wave miniport, with nothing between. */
function boot(lab: Lab): { machine: LabMachine<HdaController>; miniport: IMiniportWaveRT } {
  const machine = lab.boot(intelHda);
  return { machine, miniport: miniportOf(machine) };
}

function miniportOf(machine: LabMachine<HdaController | TamperedDevice>): IMiniportWaveRT {
  const { node, portClass } = machine.machine;
  const port = portClass.adapterOf(node.pdo.top).portNamed('Wave');
  if (port === null) throw new Error('no subdevice Wave');
  return port.miniportUnknown as IMiniportWaveRT;
}

/** A range of 48 kHz PCM. */
function writeRange(view: DataView, at: number, bits: number, channels: number): void {
  KSDATARANGE_AUDIO.write(view, at, {
    FormatSize: KSDATARANGE_AUDIO.size,
    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
    SubFormat: KSDATAFORMAT_SUBTYPE_PCM,
    Specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
    MaximumChannels: channels,
    MinimumBitsPerSample: bits,
    MaximumBitsPerSample: bits,
    MinimumSampleFrequency: 48_000,
    MaximumSampleFrequency: 48_000,
  });
}

describe('the wave miniport', () => {
  scenario('tells how its device does DMA [WRT-MPT-015]', (lab) => {
    const describeDevice = (miniport: IMiniportWaveRT): DeviceDescription => {
      const description: DeviceDescription = {
        master: false,
        scatterGather: false,
        dma32BitAddresses: false,
        dma64BitAddresses: false,
        interfaceType: -1,
        maximumLength: -1,
      };
      expect(miniport.getDeviceDescription(description)).toBe(STATUS_SUCCESS);
      return description;
    };
    const wide = describeDevice(boot(lab).miniport);
    expect(wide).toEqual({
      master: true,
      scatterGather: true,
      dma32BitAddresses: true,
      dma64BitAddresses: true,
      interfaceType: 5,
      maximumLength: 1_048_576,
    });
    const narrow = lab.boot(tampered({ reads: { GCAP: (value) => value & ~1 } }));
    expect(describeDevice(miniportOf(narrow)).dma64BitAddresses).toBe(false);
  });

  scenario(
    'gives the size before the format, and neither where ranges do not meet [WRT-FMT-008] [PCL-DI-003] [PCL-DI-004] [PCL-DI-005]',
    (lab) => {
      const { machine, miniport } = boot(lab);
      const { process, ram } = machine.client;
      const at = process.alloc(512);
      const [client, own, result] = [at, virtual(at + 88), virtual(at + 176)] as const;
      writeRange(ram.view, client, 24, 6);
      writeRange(ram.view, own, 24, 8);
      const length = new Out(0);
      const ask = (room: number, pin = 0) =>
        miniport.dataRangeIntersection(pin, client, own, room, room === 0 ? null : result, length);
      expect([ask(0), length.value]).toEqual([STATUS_BUFFER_OVERFLOW, 104]);
      expect([ask(103), length.value]).toEqual([STATUS_BUFFER_TOO_SMALL, 104]);
      expect(ram.view.getUint32(result, true)).toBe(0);
      expect([ask(104), length.value]).toEqual([STATUS_SUCCESS, 104]);
      expect(readWaveDataFormat(ram.view, result)).toEqual(formatOf({ bits: 24, channels: 6 }));
      expect([ask(104, 1), length.value]).toEqual([STATUS_NO_MATCH, 0]);
      writeRange(ram.view, client, 8, 6);
      expect([ask(104), length.value]).toEqual([STATUS_NO_MATCH, 0]);
      process.free(at);
    },
  );

  scenario(
    'offers DEFAULT and RAW on its streaming pins alone [WRT-MOD-001 WRT-MOD-002]',
    (lab) => {
      const { miniport } = boot(lab);
      const processing = miniport.queryInterface(IID_IMiniportAudioSignalProcessing);
      if (processing === null) throw new Error('no IMiniportAudioSignalProcessing');
      const count = new Out(0);
      const both = [AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW];
      for (const pin of [0, 2]) {
        count.value = 0;
        expect([processing.getModes(pin, null, count), count.value]).toEqual([STATUS_SUCCESS, 2]);
        const modes: Guid[] = [];
        expect([processing.getModes(pin, modes, count), modes]).toEqual([STATUS_SUCCESS, both]);
        count.value = 1;
        expect(processing.getModes(pin, modes, count)).toBe(STATUS_BUFFER_TOO_SMALL);
      }
      for (const pin of [1, 3]) {
        expect(processing.getModes(pin, null, count)).toBe(STATUS_NOT_SUPPORTED);
      }
      expect(processing.getModes(4, null, count)).toBe(STATUS_INVALID_PARAMETER);
      processing.release();
    },
  );

  scenario('makes streams for its own pin and its own direction alone', (lab) => {
    const { miniport } = boot(lab);
    const nothing = virtual(0);
    const noPort = {} as IPortWaveRTStream;
    const out = new Out<IMiniportWaveRTStream | null>(null);
    expect(miniport.newStream(out, noPort, 1, false, nothing)).toBe(STATUS_INVALID_PARAMETER);
    expect(miniport.newStream(out, noPort, 0, true, nothing)).toBe(STATUS_INVALID_PARAMETER);
    expect(miniport.newStream(out, noPort, 2, false, nothing)).toBe(STATUS_INVALID_PARAMETER);
    expect(miniport.newStream(out, noPort, 3, true, nothing)).toBe(STATUS_INVALID_PARAMETER);
    expect(out.value).toBeNull();
  });
});
