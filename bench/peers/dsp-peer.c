/*
 * The engine's mix and resampling kernels in C, as a measure for the WebAssembly ones: the same
 * work on the same sound in the same order, so that the results can be compared as bits. It is
 * compiled when the benchmark runs and prints `seconds hash` for one run, in processor time:
 *
 *     dsp-peer mix4 STREAMS FRAMES PERIODS     four streams in a pass, in vectors
 *     dsp-peer mix1 STREAMS FRAMES PERIODS     the plain loop, as the compiler makes it
 *     dsp-peer resample BLOCKS ROWS_FILE       44.1 to 48 kHz, stereo, blocks of 441 frames
 *     dsp-peer soxr BLOCKS                     the same by libsoxr at its quality HQ, if installed
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef float Vector __attribute__((vector_size(16), aligned(4)));

enum { SLOTS = 4, TAPS = 80, PHASES = 160, STEP = 147, BLOCK = 441 };

static uint32_t noise_state = 1;

static float noise(void) {
  noise_state = noise_state * 1664525u + 1013904223u;
  return (float)((double)(int32_t)noise_state / 4294967296.0);
}

static double processor_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t hash_of(const void *bytes, size_t length) {
  const uint8_t *byte = bytes;
  uint32_t hash = 0x811c9dc5u;
  for (size_t n = 0; n < length; n++) hash = (hash ^ byte[n]) * 0x01000193u;
  return hash;
}

static void *memory_of(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (memory == NULL) exit(1);
  memset(memory, 0, bytes);
  return memory;
}

static Vector *at(const float *floats) { return (Vector *)floats; }

static void mix_fours(float *out, float *const *sources, const float *gains, int streams,
                      int floats) {
  for (int first = 0; first < streams; first += 4) {
    const float *s0 = sources[first], *s1 = sources[first + 1];
    const float *s2 = sources[first + 2], *s3 = sources[first + 3];
    const Vector *g = (const Vector *)(gains + 4 * first);
    const Vector g0 = g[0], g1 = g[1], g2 = g[2], g3 = g[3];
    for (int n = 0; n < floats; n += 8) {
      Vector low = *at(s0 + n) * g0, high = *at(s0 + n + 4) * g0;
      if (first > 0) {
        low = *at(out + n) + low;
        high = *at(out + n + 4) + high;
      }
      low = low + *at(s1 + n) * g1;
      high = high + *at(s1 + n + 4) * g1;
      low = low + *at(s2 + n) * g2;
      high = high + *at(s2 + n + 4) * g2;
      low = low + *at(s3 + n) * g3;
      high = high + *at(s3 + n + 4) * g3;
      *at(out + n) = low;
      *at(out + n + 4) = high;
    }
  }
}

static void mix_plain(float *restrict out, float *const *sources, const float *gains, int streams,
                      int floats) {
  for (int stream = 0; stream < streams; stream++) {
    const float *restrict source = sources[stream];
    const float left = gains[4 * stream], right = gains[4 * stream + 1];
    for (int n = 0; n < floats; n += 2) {
      const float l = source[n] * left, r = source[n + 1] * right;
      out[n] = stream == 0 ? l : out[n] + l;
      out[n + 1] = stream == 0 ? r : out[n + 1] + r;
    }
  }
}

static void to_short(int16_t *restrict out, const float *restrict in, int floats) {
  for (int n = 0; n < floats; n++) {
    float steps = in[n] * 32768.0f;
    steps = steps > 32767.0f ? 32767.0f : steps;
    steps = steps < -32768.0f ? -32768.0f : steps;
    out[n] = (int16_t)((steps + 12582912.0f) - 12582912.0f);
  }
}

static void measure_mix(int by_fours, int streams, int frames, int periods) {
  const int floats = 2 * frames;
  float *sound = memory_of(sizeof(float) * (size_t)streams * SLOTS * (size_t)floats);
  for (int n = 0; n < streams * SLOTS * floats; n++) sound[n] = noise();
  float *gains = memory_of(sizeof(float) * 4 * (size_t)streams);
  for (int stream = 0; stream < streams; stream++) {
    for (int lane = 0; lane < 4; lane++) {
      const float gain = (float)(1 + stream % 4) / (float)(4 * streams);
      gains[4 * stream + lane] = lane % 2 == 0 ? gain : gain / 2;
    }
  }
  float **sources = memory_of(sizeof(float *) * (size_t)streams);
  float *sum = memory_of(sizeof(float) * (size_t)floats);
  int16_t *out = memory_of(sizeof(int16_t) * (size_t)floats);
  double seconds = 0;
  for (int warm = 0; warm < 2; warm++) {
    const double started = processor_time();
    for (int period = 0; period < periods; period++) {
      for (int stream = 0; stream < streams; stream++) {
        sources[stream] = sound + (stream * SLOTS + period % SLOTS) * floats;
      }
      if (by_fours) mix_fours(sum, sources, gains, streams, floats);
      else mix_plain(sum, sources, gains, streams, floats);
      to_short(out, sum, floats);
    }
    seconds = processor_time() - started;
  }
  printf("%.9f %08x\n", seconds, hash_of(out, sizeof(int16_t) * (size_t)floats));
}

static float filtered(const float *window, const float *row) {
  Vector sums[4];
  for (int part = 0; part < 4; part++) sums[part] = *at(window + 4 * part) * *at(row + 4 * part);
  for (int tap = 16; tap < TAPS; tap += 16) {
    for (int part = 0; part < 4; part++) {
      sums[part] = sums[part] + *at(window + tap + 4 * part) * *at(row + tap + 4 * part);
    }
  }
  const Vector sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void measure_resample(int blocks, const char *rows_path) {
  float *rows = memory_of(sizeof(float) * PHASES * TAPS);
  FILE *file = fopen(rows_path, "rb");
  if (file == NULL || fread(rows, sizeof(float), PHASES * TAPS, file) != PHASES * TAPS) exit(1);
  fclose(file);
  float *in = memory_of(sizeof(float) * 2 * BLOCK);
  for (int n = 0; n < 2 * BLOCK; n++) in[n] = noise();
  float *planes = memory_of(sizeof(float) * 2 * (TAPS + BLOCK));
  float *right = planes + TAPS + BLOCK;
  float *out = memory_of(sizeof(float) * 2 * 480);
  double seconds = 0;
  for (int warm = 0; warm < 2; warm++) {
    const double started = processor_time();
    for (int block = 0; block < blocks; block++) {
      for (int n = 0; n < BLOCK; n++) {
        planes[TAPS + n] = in[2 * n];
        right[TAPS + n] = in[2 * n + 1];
      }
      int phase = 0, start = 1;
      for (int frame = 0; frame < 480; frame++) {
        const float *row = rows + frame % PHASES * TAPS;
        out[2 * frame] = filtered(planes + start, row);
        out[2 * frame + 1] = filtered(right + start, row);
        phase += STEP;
        if (phase >= PHASES) {
          phase -= PHASES;
          start++;
        }
      }
      memmove(planes, planes + BLOCK, sizeof(float) * TAPS);
      memmove(right, right + BLOCK, sizeof(float) * TAPS);
    }
    seconds = processor_time() - started;
  }
  printf("%.9f %08x\n", seconds, hash_of(out, sizeof(float) * 2 * 480));
}

/* The three functions of libsoxr's documented interface that are used; null asks for defaults:
 * interleaved floats, quality HQ, one thread. */
typedef void *(*Create)(double, double, unsigned, const char **, const void *, const void *,
                        const void *);
typedef const char *(*Process)(void *, const void *, size_t, size_t *, void *, size_t, size_t *);

static int measure_soxr(int blocks) {
  void *library = dlopen("libsoxr.so.0", RTLD_NOW);
  if (library == NULL) return 3;
  Create create = (Create)dlsym(library, "soxr_create");
  Process process = (Process)dlsym(library, "soxr_process");
  if (create == NULL || process == NULL) return 3;
  const char *error = NULL;
  void *soxr = create(44100, 48000, 2, &error, NULL, NULL, NULL);
  if (error != NULL) return 1;
  float *in = memory_of(sizeof(float) * 2 * BLOCK);
  for (int n = 0; n < 2 * BLOCK; n++) in[n] = noise();
  float *out = memory_of(sizeof(float) * 2 * 4096);
  double seconds = 0;
  for (int warm = 0; warm < 2; warm++) {
    const double started = processor_time();
    for (int block = 0; block < blocks; block++) {
      size_t taken, made;
      if (process(soxr, in, BLOCK, &taken, out, 4096, &made) != NULL || taken != BLOCK) return 1;
    }
    seconds = processor_time() - started;
  }
  printf("%.9f %08x\n", seconds, 0);
  return 0;
}

int main(int count, char **words) {
  if (count == 5 && strncmp(words[1], "mix", 3) == 0) {
    measure_mix(words[1][3] == '4', atoi(words[2]), atoi(words[3]), atoi(words[4]));
    return 0;
  }
  if (count == 4 && strcmp(words[1], "resample") == 0) {
    measure_resample(atoi(words[2]), words[3]);
    return 0;
  }
  if (count == 3 && strcmp(words[1], "soxr") == 0) return measure_soxr(atoi(words[2]));
  return 2;
}
