/**
 * Suites that run on independent implementations of the same hardware: our model, and QEMU's
 * device. A backend is asked for by name, and a suite keeps to what both do faithfully.
 */
import { describe } from 'vitest';
import { type DeviceKind, deviceKinds } from '../../src/cli/device-kinds.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { describeQemu } from '../qemu/qemu-tests.ts';

export interface Backend {
  readonly kind: DeviceKind;
  /** Rates of 16-bit stereo that the backend plays as they are. */
  readonly ratesHz: readonly number[];
  /** A buffer that is longer than what the hardware takes at once, whatever the rate. */
  readonly leastBufferFrames: number;
  /** What may drive the engine, whose lead of one period QEMU's codec runs past when it begins. */
  readonly engineKinds: readonly StreamKind[];
  /** Whether the delay at the ear is the one that the driver is told. */
  readonly tellsItsDelay: boolean;
}

export type Hardware = 'hda' | 'ac97';

const RATES_HZ: Record<Hardware, readonly number[]> = {
  hda: [16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000],
  ac97: [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000],
};
/** QEMU's HD Audio codec fills 8 KiB of its own, its AC'97 takes 1024 frames at once. */
const QEMU_LEAST_BUFFER_FRAMES: Record<Hardware, number> = { hda: 4_800, ac97: 3_000 };
const LEAST_BUFFER_FRAMES = 960;

/** Runs the suite on our model, and on QEMU's device where its tests run. */
export function describeBackends(
  title: string,
  hardware: Hardware,
  suite: (backend: Backend) => void,
): void {
  const ratesHz = RATES_HZ[hardware];
  describe(`${title} on ${hardware}`, () => {
    const leastBufferFrames = LEAST_BUFFER_FRAMES;
    const engineKinds = ['timer', 'event', 'packet'] as const;
    const kind = kindOf(hardware);
    suite({ kind, ratesHz, leastBufferFrames, engineKinds, tellsItsDelay: true });
  });
  describeQemu(`${title} on qemu:${hardware}`, () => {
    const leastBufferFrames = QEMU_LEAST_BUFFER_FRAMES[hardware];
    const engineKinds = ['event', 'packet'] as const;
    const kind = kindOf(`qemu:${hardware}`);
    suite({ kind, ratesHz, leastBufferFrames, engineKinds, tellsItsDelay: false });
  });
}

function kindOf(name: string): DeviceKind {
  const kind = deviceKinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no device ${name}`);
  return kind;
}
