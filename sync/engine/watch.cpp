#include "sync/engine/watch.h"

#include <algorithm>

namespace postern::engine {

store::SourceRecord watched(store::SourceRecord record, WallTime now, const BootTime& boot) {
  using std::chrono::seconds;
  const bool begun = !record.boot.empty();
  const bool same_boot = record.boot == boot.id && record.boot_time <= boot.since;
  seconds passed{0};
  if (same_boot)
    passed = boot.since - record.boot_time;
  else if (begun)
    passed = std::clamp<seconds>(now - record.watched_at, seconds(0), most_unwitnessed);
  if (same_boot && passed < watch_step) return record;
  record.watched += passed;
  record.watched_at = now;
  record.boot = boot.id;
  record.boot_time = boot.since;
  return record;
}

}  // namespace postern::engine
