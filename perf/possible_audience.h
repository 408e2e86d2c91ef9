// What the limits on load and delay leave of the ideal: the largest audience that a server could
// carry which does nothing but encrypt, at the bare cipher's speed, audio first and then pictures
// in order. No order of work delivers the last packet of a picture earlier.
#pragma once

#include "perf/cipher_mix.h"
#include "perf/presenter.h"

namespace sluice::perf {

struct Limits {
  double load = 0.9;
  double delta_ms = 33;
  double key_ms = 200;
};

// Microseconds of the bare cipher per attendee and second: video of whole key intervals, and audio.
double cipher_us(const VideoShape& shape, const CipherMix& cipher);
double possible_audience(const VideoShape& shape, const CipherMix& cipher, const Limits& limits);

}  // namespace sluice::perf
