// SLUICE_ASSERT: our own bug, never bad input. Active in every build.
#pragma once

#include <cstdio>
#include <cstdlib>

#define SLUICE_ASSERT(cond)                                                             \
  do {                                                                                  \
    if (!(cond)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #cond); \
      std::abort();                                                                     \
    }                                                                                   \
  } while (0)
