#pragma once

#include <chrono>

#include "sync/base/clock.h"
#include "sync/store/source_record.h"

namespace postern::engine {

/// The source's own clock: how long its mail has been in our care, for everything that is deleted
/// or forgotten at an age. The wall clock does not do for that: it jumps, forwards by years too,
/// and a machine may start with a wrong one. Pure.
///
/// It goes by the time since the machine was booted, also from one run of the program to the next,
/// so it never goes faster than time does. Where the machine was booted in between, only the wall
/// clock knows how long that took: it is believed up to `most_unwitnessed`.
inline constexpr std::chrono::hours most_unwitnessed{24};
/// So seldom is it recorded that time has passed.
inline constexpr std::chrono::hours watch_step{1};

[[nodiscard]] store::SourceRecord watched(store::SourceRecord record, WallTime now,
                                          const BootTime& boot);

}  // namespace postern::engine
