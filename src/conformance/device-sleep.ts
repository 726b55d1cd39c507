/**
 * The device's sleep under a paused stream: D3 and back to D0, by the IRPs that a power policy owner
 * sends. The stream is paused first, as a client does that is told in time.
 * Source: PoRequestPowerIrp, "Implementing IPowerNotify".
 */
import { PowerDeviceD0, PowerDeviceD3 } from '../kernel/power/power-codes.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { ntSuccess, statusName } from '../standards/nt/ntstatus.ts';
import type { TestStream } from './test-stream.ts';
import { fail, notApplicable, type Outcome } from './verdict.ts';

const SLEEP_MS = 100;

/** Runs, pauses, sleeps, and runs again. An outcome when the device does not sleep or wake. */
export function sleepInPause(stream: TestStream): Outcome | null {
  const { bench } = stream;
  const { kernel, node } = bench.machine;
  stream.setState(KSSTATE.PAUSE);
  const down = kernel.power.setDeviceState(node, PowerDeviceD3);
  if (!ntSuccess(down)) return notApplicable(`a request for D3 is answered ${statusName(down)}`);
  bench.runForMs(SLEEP_MS);
  const up = kernel.power.setDeviceState(node, PowerDeviceD0);
  if (!ntSuccess(up)) return fail(statusName(up), 'the device does not wake');
  stream.setState(KSSTATE.RUN);
  return null;
}
