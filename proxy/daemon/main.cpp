#include <malloc.h>

#include "proxy/daemon/command_line.h"

namespace {

/// Mail passes through memory in pieces of a hundred kilobytes and more. By default each would be
/// taken from the system and given back anew, and the page faults would cost as much as compressing
/// it. What is idle for good the store's writer gives back.
void keep_memory_at_hand() {
  constexpr int piece_octets = 4 * 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, piece_octets);
  mallopt(M_TRIM_THRESHOLD, 4 * piece_octets);
  mallopt(M_ARENA_MAX, 2);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_at_hand();
  return postern::daemon::run_command_line(argc, argv);
}
