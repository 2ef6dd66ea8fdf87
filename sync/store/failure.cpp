#include "sync/store/failure.h"

namespace postern::store {

namespace {

std::string advice_for(FailureKind kind) {
  switch (kind) {
    case FailureKind::disk_full: return "free some space on this disk";
    case FailureKind::read_only: return "make it writable for the user that postern runs as";
    case FailureKind::locked:
      return "stop the other program that uses it (`postern status` asks the one that runs)";
    case FailureKind::corrupt: return "restore it from a backup, or move it away to start anew";
    case FailureKind::newer:
      return "install the later release again, or restore a backup from before the upgrade";
    case FailureKind::io:
    case FailureKind::closed:
    case FailureKind::bug: break;
  }
  return "check the disk and that the folder belongs to the user that postern runs as";
}

}  // namespace

Problem problem_of(const StoreFailure& failure) {
  return {failure.what(), advice_for(failure.kind())};
}

}  // namespace postern::store
