/** Gives half of the buffer that it was asked for. */
import { oddHdaDriver } from '../../support/bent-hda-driver.ts';

export default oddHdaDriver('miser', (real) => ({
  allocateAudioBuffer: (requestedBytes, ...rest) =>
    real.allocateAudioBuffer(requestedBytes / 2, ...rest),
}));
