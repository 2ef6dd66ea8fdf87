#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proxy/daemon/archive/export_lock.h"
#include "proxy/daemon/archive/output_file.h"
#include "sync/base/ids.h"

namespace postern::daemon::archive {

/// What `postern export` remembers in a folder that it fills, in a file of the name
/// `export_record`: whose mail it is, in what format, and how each file looked when it was done. So
/// a file that somebody else made, or changed, is never overwritten, and one that is up to date is
/// not written again. One export at a time has a folder. Failures are thrown as FileTrouble. One
/// thread at a time.
class ExportRecord {
 public:
  /// Refuses a folder that holds anything else, or the mail of another account, or in another
  /// format, or that another export fills just now. Makes one that is missing.
  ExportRecord(std::filesystem::path folder, std::string account, std::string format);

  /// The state of a mailbox that a file shows.
  struct State {
    UidValidity uid_validity;
    ModSeq mod_seq;
    friend bool operator==(const State&, const State&) = default;
  };
  /// `file` is relative to the folder.
  [[nodiscard]] bool up_to_date(const std::string& file, State state) const;
  /// A FileTrouble if the file is there and not as it was left.
  void check(const std::string& file) const;
  /// Puts the finished file into its place. Wherever this is interrupted, the file is known.
  void keep(const std::string& file, State state, OutputFile& output);

 private:
  struct Entry {
    State state;
    std::vector<Stamp> stamps;  ///< that the file may have: the last one is that of `state`
  };
  void load();
  void save() const;

  std::filesystem::path folder_;
  std::string account_;
  std::string format_;
  std::optional<ExportLock> lock_;
  std::map<std::string, Entry> files_;
};

}  // namespace postern::daemon::archive
