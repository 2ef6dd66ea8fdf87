#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::daemon::setup {

/// Files of mode 0600 that belong together: all of them are there afterwards, with the folders that
/// they need, or none. Nothing that
/// exists is overwritten, except by replace(), which does it in one step. Signals that would end
/// the program in the middle wait.
///
/// Order: any number of add() and make(), at most one replace(), keep(). Without keep() all is
/// undone.
class NewFiles {
 public:
  NewFiles();
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles();

  /// A new file with one line, in a folder of ours (0700). If the name is taken another is found;
  /// the path is returned.
  std::expected<std::filesystem::path, Problem> add(const std::filesystem::path& wanted,
                                                    const Secret& line);
  /// A new file (0600) that must not be there yet, nor anything else of its name.
  std::expected<void, Problem> make(const std::filesystem::path& file, std::string_view text);
  /// Puts `text` into the file, which may exist: by way of another file, fsync and rename. One that
  /// exists keeps its mode; a symbolic link stays one.
  std::expected<void, Problem> replace(const std::filesystem::path& file, std::string_view text);
  void keep();

 private:
  std::expected<void, Problem> make_folder(const std::filesystem::path& folder);

  std::vector<std::filesystem::path> made_;     ///< files
  std::vector<std::filesystem::path> folders_;  ///< the outermost first
};

}  // namespace postern::daemon::setup
