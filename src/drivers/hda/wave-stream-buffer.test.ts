import { describe, expect } from 'vitest';
import type { DataRange } from '../../portcls/ddi/index.ts';
import {
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSPROPSETID_Connection,
} from '../../standards/ks/guids.ts';
import { KSPROPERTY_CONNECTION, KSSTATE } from '../../standards/ks/requests.ts';
import {
  readWaveDataFormat,
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { describeFormat, type PcmFormat } from '../../standards/pcm/format.ts';
import { EarRecorder, formatOf, noise, scenario, type TestRender } from '../../testing/index.ts';
import { firstMismatch } from '../../testing/matchers.ts';
import { intelHda, listen, MS, STREAMING_PIN, tampered } from './hda-lab.test-support.ts';

function setFormat({ pin }: Pick<TestRender, 'pin'>, format: PcmFormat): NtStatus {
  writeWaveDataFormat(pin.view, pin.valueAt, format);
  const bytes = waveDataFormatBytes(format);
  return pin.set(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, bytes);
}

describe('the buffer of a stream', () => {
  scenario(
    'is at least what was asked for, and writes to it are combined [WRT-BUF-014] [WRT-BUF-023]',
    (lab) => {
      const machine = lab.boot(intelHda);
      const sizes = [
        [4, 256],
        [1000, 1024],
        [3840, 3840],
        [4097, 4224],
        [1_048_576, 1_048_576],
      ] as const;
      for (const [asked, given] of sizes) {
        const render = machine.openRender({ bufferBytes: asked });
        expect(render.buffer).toMatchObject({ actualBytes: given, callMemoryBarrier: true });
        render.setState(KSSTATE.RUN);
        machine.runFor(MS);
        expect(machine.device.registers.read(0x80 + 4 * 0x20, 1)).toBe(0x1a);
        render.close();
      }
    },
  );

  scenario('is refused where none can be made [WRT-BUF-025] [WRT-BUF-026]', (lab) => {
    const machine = lab.boot({ ...intelHda, ramBytes: 1024 * 1024 });
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAMING_PIN, formatOf({}));
    const request = (bytes: number): NtStatus => pin.tryAllocateBuffer(bytes).status;
    expect(request(0)).toBe(STATUS_UNSUCCESSFUL);
    expect(request(3)).toBe(STATUS_UNSUCCESSFUL);
    expect(request(1_048_577)).toBe(STATUS_UNSUCCESSFUL);
    // Half of it would be there: the miniport gives that back.
    expect(request(1_048_576)).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(request(3840)).toBe(STATUS_SUCCESS);
    pin.close();
    filter.close();
  });

  scenario('lies where the controller reaches it, above 4 GiB only if it can', (lab) => {
    const ranges = [{ base: 0x10_0000_0000, bytes: 8 * 1024 * 1024 }];
    const wide = lab.boot({ ...intelHda, ranges });
    const ear = new EarRecorder();
    wide.device.speaker.sink = ear;
    const render = wide.openRender({});
    render.write(noise(render.format, 960));
    render.setState(KSSTATE.RUN);
    wide.runFor(20 * MS);
    expect(firstMismatch(ear.heard(), render.submitted.subarray(0, 900 * 4), 30)).toBeNull();
    render.close();

    const narrow = lab.boot({ ...tampered({ reads: { GCAP: (value) => value & ~1 } }), ranges });
    const filter = narrow.openFilter();
    const pin = filter.openPin(STREAMING_PIN, formatOf({}));
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    pin.close();
    filter.close();
  });

  scenario('is refused where the descriptor list cannot be mapped [WRT-MDL-019]', (lab) => {
    const machine = lab.boot({ ...intelHda, mappingPages: 1 });
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAMING_PIN, formatOf({}));
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    pin.close();
    filter.close();
  });
});

describe('the format of a stream', () => {
  scenario('changes in STOP alone, and to what can be played alone [WRT-FMT-016]', (lab) => {
    const { machine, ear, render } = listen(lab, { bits: 24 });
    const float = formatOf({ float: true, sampleRate: 96_000 });
    const refused = [
      formatOf({ bits: 24, sampleRate: 12_345 }),
      // The buffer of 7680 bytes is no whole number of these frames of 28 bytes.
      formatOf({ bits: 32, channels: 7 }),
    ];
    for (const format of refused) expect(setFormat(render, format)).toBe(STATUS_INVALID_PARAMETER);
    expect(setFormat(render, float)).toBe(STATUS_SUCCESS);
    expect(render.pin.hardwareLatency().fifoBytes).toBe(32 * 8);
    render.write(noise(float, 960));
    render.setState(KSSTATE.RUN);
    expect(setFormat(render, formatOf({}))).toBe(STATUS_INVALID_PARAMETER);
    machine.runFor(5 * MS);
    expect(ear.format).toMatchObject({ rateHz: 96_000, float: true });
    expect(firstMismatch(ear.heard(), render.submitted.subarray(0, 400 * 8), 46)).toBeNull();
    render.close();
  });

  scenario('leaves room in a packet for all that the FIFO holds', (lab) => {
    const machine = lab.boot(intelHda);
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAMING_PIN, formatOf({ sampleRate: 8_000, channels: 1 }));
    const { buffer } = pin.tryAllocateBufferWithNotification(512, 2);
    expect(buffer?.actualBytes).toBe(512);
    // 64 frames of 8 bytes in packets of 256, and then 32 of them.
    const wide = formatOf({ sampleRate: 192_000, bits: 32 });
    expect(setFormat({ pin }, wide)).toBe(STATUS_INVALID_PARAMETER);
    expect(pin.hardwareLatency().fifoBytes).toBe(3 * 2);
    expect(setFormat({ pin }, { ...wide, rateHz: 96_000 })).toBe(STATUS_SUCCESS);
    expect(pin.hardwareLatency().fifoBytes).toBe(32 * 8);
    pin.close();
    filter.close();
  });

  scenario('is refused by the pin when it cannot be played', (lab) => {
    const machine = lab.boot(intelHda);
    const filter = machine.openFilter();
    const refused: PcmFormat[] = [
      { ...formatOf({}), containerBits: 32 },
      { ...formatOf({ bits: 24 }), containerBits: 24 },
      formatOf({ channels: 9 }),
      formatOf({ sampleRate: 47_999 }),
    ];
    for (const format of refused) {
      const { status } = filter.tryOpenPin(STREAMING_PIN, format);
      expect(status, describeFormat(format)).toBe(STATUS_NO_MATCH);
    }
    filter.close();
  });

  scenario('belongs to one client at a time', (lab) => {
    const { machine, render } = listen(lab);
    const filter = machine.openFilter();
    const second = filter.tryOpenPin(STREAMING_PIN, formatOf({}));
    expect(second.status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    filter.close();
    render.close();
  });

  scenario(
    'is found by intersection, extensible where it has to be [WRT-FMT-006] [PCL-DI-016]',
    (lab) => {
      const filter = lab.boot(intelHda).openFilter();
      const range = (bits: number, rateHz: number, maximumChannels: number): DataRange => ({
        majorFormat: KSDATAFORMAT_TYPE_AUDIO,
        subFormat: KSDATAFORMAT_SUBTYPE_PCM,
        specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
        audio: {
          maximumChannels,
          minimumBitsPerSample: bits,
          maximumBitsPerSample: bits,
          minimumSampleFrequency: rateHz,
          maximumSampleFrequency: rateHz,
        },
      });
      const found = (...ranges: DataRange[]): PcmFormat | null => {
        const bytes = filter.intersect(STREAMING_PIN, ranges);
        if (bytes === null) return null;
        return readWaveDataFormat(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
      };
      expect(found(range(16, 44_100, 2))).toEqual(formatOf({ sampleRate: 44_100 }));
      expect(found(range(8, 8_000, 1), range(24, 96_000, 6))).toEqual(
        formatOf({ sampleRate: 96_000, bits: 24, channels: 6 }),
      );
      expect(found(range(16, 12_345, 2))).toBeNull();
      expect(filter.intersect(1, [range(16, 48_000, 2)])).toBeNull();
      filter.close();
    },
  );
});
