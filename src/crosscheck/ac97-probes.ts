/**
 * Questions to an AC'97 controller and its codec: mixer registers and rates by AC'97 2.3, the bus
 * master's registers by the ICH datasheet. What a codec may leave out is not asked.
 */
import {
  AC97_CR,
  AC97_EXTENDED_AUDIO,
  AC97_GLOB_CNT,
  AC97_GLOB_STA,
  AC97_POWERDOWN,
} from '../standards/ac97/index.ts';
import { type Ac97Host, boxPlace, type MixerRegister } from './ac97-host.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const MS = 1_000_000;
const READY = 0x000f;

function readBack(host: Ac97Host, name: MixerRegister, value: number): string {
  host.setMixer(name, value);
  return hex(host.mixer(name));
}

const mixerProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'volume-defaults',
    clause: "AC'97 2.3 5.7.2 5.7.3",
    asks: 'master volume, PCM out volume and microphone volume after reset: muted',
    expected: '0x8000 0x8808 0x8008',
    run: (host) => {
      const names = ['MASTER_VOLUME', 'PCM_OUT_VOLUME', 'MIC_VOLUME'] as const;
      return names.map((name) => hex(host.mixer(name))).join(' ');
    },
  },
  {
    id: 'record-defaults',
    clause: "AC'97 2.3 5.7.5 5.7.6",
    asks: 'record select and record gain after reset: microphone, muted',
    expected: '0x0 0x8000',
    run: (host) => `${hex(host.mixer('RECORD_SELECT'))} ${hex(host.mixer('RECORD_GAIN'))}`,
  },
  {
    id: 'volume-write',
    clause: "AC'97 2.3 5.7.2 5.7.3",
    asks: 'master and PCM out volume as read after they were written',
    expected: '0x405 0x910',
    run: (host) =>
      `${readBack(host, 'MASTER_VOLUME', 0x0405)} ${readBack(host, 'PCM_OUT_VOLUME', 0x0910)}`,
  },
  {
    id: 'mixer-reset',
    clause: "AC'97 2.3 5.7.1",
    asks: 'master volume after the reset register was written',
    expected: '0x8000',
    run: (host) => {
      host.setMixer('MASTER_VOLUME', 0x0405);
      host.setMixer('RESET', 0);
      return hex(host.mixer('MASTER_VOLUME'));
    },
  },
  {
    id: 'powered-up',
    clause: "AC'97 2.3 5.7.9",
    asks: 'whether reference, analog part, DAC and ADC are ready after reset',
    expected: 'yes',
    run: (host) => yesNo((host.mixer('POWERDOWN') & READY) === READY),
  },
  {
    id: 'dac-powerdown',
    clause: "AC'97 2.3 5.7.9",
    asks: 'whether the DAC is ready while PR1 is set',
    expected: 'no',
    run: (host) => {
      host.setMixer('POWERDOWN', AC97_POWERDOWN.PR1);
      return yesNo((host.mixer('POWERDOWN') & AC97_POWERDOWN.DAC_READY) !== 0);
    },
  },
  {
    id: 'variable-rate-off',
    clause: "AC'97 2.3 5.8.2",
    asks: 'whether variable rate is off after reset',
    expected: 'yes',
    run: (host) => {
      return yesNo((host.mixer('EXTENDED_AUDIO_CONTROL') & AC97_EXTENDED_AUDIO.VRA) === 0);
    },
  },
  {
    id: 'fixed-rate',
    clause: "AC'97 2.3 5.8.3",
    asks: 'the rate of the DAC after 44100 was written with variable rate off',
    expected: '48000',
    run: (host) => {
      host.setMixer('EXTENDED_AUDIO_CONTROL', 0);
      host.setMixer('FRONT_DAC_RATE', 44_100);
      return String(host.mixer('FRONT_DAC_RATE'));
    },
  },
  {
    id: 'variable-rate',
    clause: "AC'97 2.3 5.8.3",
    asks: 'the rate of the DAC after 44100 was written with variable rate on',
    expected: '44100',
    run: (host) => {
      host.setMixer('EXTENDED_AUDIO_CONTROL', AC97_EXTENDED_AUDIO.VRA);
      host.setMixer('FRONT_DAC_RATE', 44_100);
      return String(host.mixer('FRONT_DAC_RATE'));
    },
  },
  {
    id: 'highest-rate',
    clause: "AC'97 2.3 5.8.3",
    asks: 'the rate of a DAC without double rate after 65535 was written',
    expected: '48000',
    run: (host) => {
      host.setMixer('EXTENDED_AUDIO_CONTROL', AC97_EXTENDED_AUDIO.VRA);
      host.setMixer('FRONT_DAC_RATE', 0xffff);
      return String(host.mixer('FRONT_DAC_RATE'));
    },
  },
];

const globalProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'codec-ready',
    clause: 'ICH datasheet, GLOB_STA',
    asks: 'whether the primary codec is ready after a cold reset',
    expected: 'yes',
    run: (host) => yesNo((host.global('GLOB_STA') & AC97_GLOB_STA.PCR) !== 0),
  },
  {
    id: 'cold-reset',
    clause: 'ICH datasheet, GLOB_CNT',
    asks: 'whether the codec is ready while the link is in cold reset',
    expected: 'no',
    run: (host) => {
      host.setGlobal('GLOB_CNT', 0);
      host.bench.runFor(MS);
      return yesNo((host.global('GLOB_STA') & AC97_GLOB_STA.PCR) !== 0);
    },
  },
  {
    id: 'global-control',
    clause: 'ICH datasheet, GLOB_CNT',
    asks: 'GLOB_CNT as read when the link is out of reset',
    expected: hex(AC97_GLOB_CNT.COLD_RESET),
    run: (host) => hex(host.global('GLOB_CNT')),
  },
  {
    id: 'semaphore',
    clause: 'ICH datasheet, CAS',
    asks: 'CAS as read twice, and after an access to the codec',
    expected: '0 1 0',
    run: (host) => {
      host.mixer('MASTER_VOLUME');
      host.bench.runFor(MS);
      const first = `${host.global('CAS')} ${host.global('CAS')}`;
      host.mixer('MASTER_VOLUME');
      host.bench.runFor(MS);
      return `${first} ${host.global('CAS')}`;
    },
  },
];

const boxProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'box-defaults',
    clause: 'ICH datasheet, bus master registers',
    asks: 'CIV, LVI, SR, PICB, PIV and CR of an engine in reset: halted at entry 0',
    expected: '0x0 0x0 0x1 0x0 0x0 0x0',
    run: (host) => {
      host.setBox('CR', AC97_CR.RR);
      const names = ['CIV', 'LVI', 'SR', 'PICB', 'PIV', 'CR'] as const;
      return names.map((name) => hex(host.box(name))).join(' ');
    },
  },
  {
    id: 'list-base',
    clause: 'ICH datasheet, BDBAR',
    asks: 'BDBAR after an address that is not aligned to 8 bytes',
    expected: '0x12345678',
    run: (host) => {
      host.setBox('BDBAR', 0x1234_567f);
      return hex(host.box('BDBAR'));
    },
  },
  {
    id: 'last-valid-mask',
    clause: 'ICH datasheet, LVI',
    asks: 'LVI after 0xff was written: 32 entries',
    expected: '0x1f',
    run: (host) => {
      host.setBox('LVI', 0xff);
      return hex(host.box('LVI'));
    },
  },
  {
    id: 'joined-access',
    clause: 'ICH datasheet, CIV',
    asks: 'CIV, LVI and SR read as one dword',
    expected: '0x10500',
    run: (host) => {
      host.setBox('CR', AC97_CR.RR);
      host.setBox('LVI', 5);
      return hex(host.bench.read({ ...boxPlace('CIV'), bytes: 4 }));
    },
  },
];

export const ac97RegisterProbes: readonly Probe<Ac97Host>[] = [
  ...mixerProbes,
  ...globalProbes,
  ...boxProbes,
];
