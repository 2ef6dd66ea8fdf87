#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/problem.h"
#include "sync/store/mailbox.h"
#include "sync/wire/mbox/variant.h"

namespace postern::daemon::archive {

/// How an archive lies there.
enum class ImportFormat {
  detect,
  mbox,
  maildir,
  thunderbird,  ///< a profile, or the folder of one of its servers
};

/// One folder of an archive and where its messages go.
struct ImportFolder {
  enum class Form { mbox, maildir };

  std::filesystem::path path;
  Form form = Form::mbox;
  bool thunderbird = false;  ///< flags and dates are as Thunderbird keeps them
  std::optional<wire::mbox::Variant> variant;
  std::string mailbox;  ///< UTF-8, '/' between levels
  /// What the first level of `mailbox` is for; it then stands for the mailbox of that use.
  store::SpecialUse use = store::SpecialUse::none;
  std::uint64_t octets = 0;
};

struct ImportChoice {
  std::filesystem::path path;
  ImportFormat format = ImportFormat::detect;
  std::optional<wire::mbox::Variant> variant;  ///< of all mbox files
  std::string into;  ///< a mailbox for what has no folders, and above all that has; empty: none
};

struct FoundFolders {
  std::vector<ImportFolder> folders;  ///< INBOX first
  /// What may hold mail and is not among them, and why: a line for each.
  std::vector<std::string> passed_over;
};
/// All folders of an archive. Only names are looked at, and the first octets of regular files. A
/// link to a folder is followed only if it is the path itself: what it leads to would come twice,
/// or without end. A Problem if there are none.
[[nodiscard]] std::expected<FoundFolders, Problem> find_folders(const ImportChoice& choice);

/// File names for the levels of mailbox names: what file systems or this program take for something
/// else is "%2F".
[[nodiscard]] std::string file_level(std::string_view level);
/// The reverse.
[[nodiscard]] std::string level_of_file(std::string_view file);
/// A folder with this file in it was filled by `postern export`.
inline constexpr std::string_view export_record = ".postern-export";

}  // namespace postern::daemon::archive
