#include "proxy/daemon/archive/import_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/mailbox_name.h"
#include "sync/wire/imap/modified_utf7.h"
#include "sync/wire/maildir/folder_name.h"
#include "sync/wire/utf8.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;
using Form = ImportFolder::Form;
using store::SpecialUse;

constexpr std::string_view inbox = "INBOX";
constexpr int deepest = 64;

/// What Thunderbird and the servers it knows call the mailboxes that every account has.
struct Known {
  std::string_view name;
  SpecialUse use;
};
constexpr std::array<Known, 14> known_names = {{{"Sent", SpecialUse::sent},
                                                {"Sent Mail", SpecialUse::sent},
                                                {"Sent Messages", SpecialUse::sent},
                                                {"Sent Items", SpecialUse::sent},
                                                {"Drafts", SpecialUse::drafts},
                                                {"Trash", SpecialUse::trash},
                                                {"Deleted", SpecialUse::trash},
                                                {"Deleted Messages", SpecialUse::trash},
                                                {"Deleted Items", SpecialUse::trash},
                                                {"Junk", SpecialUse::junk},
                                                {"Spam", SpecialUse::junk},
                                                {"Junk E-mail", SpecialUse::junk},
                                                {"Archive", SpecialUse::archive},
                                                {"Archives", SpecialUse::archive}}};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// A mailbox may be called "cur", but who has others beside it called so?
bool is_maildir(const fs::path& path) {
  return is_folder(path / "cur") && (is_folder(path / "new") || is_folder(path / "tmp"));
}

enum class Begin { mbox, other, unreadable };

/// Empty lines may stand before the first message, and a mark of UTF-8 before them.
Begin begin_of(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return fs::is_symlink(path, error) ? Begin::unreadable : Begin::other;
  // Whoever opens a FIFO waits for somebody who writes to it.
  if (!fs::is_regular_file(status)) return Begin::other;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Begin::unreadable;
  std::string begin(4096, '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (file.bad()) return Begin::unreadable;
  begin.resize(static_cast<std::size_t>(file.gcount()));
  std::string_view text = begin;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  return text.starts_with("From ") ? Begin::mbox : Begin::other;
}

bool begins_as_mbox(const fs::path& path) {
  return begin_of(path) == Begin::mbox;
}

/// Whether `postern export` filled the folder with mbox files.
bool is_exported(const fs::path& path) {
  std::ifstream file(path / export_record, std::ios::binary);
  if (!file) return false;
  const nlohmann::json record = nlohmann::json::parse(file, nullptr, false);
  if (!record.is_object()) return !is_maildir(path);
  return record.value("format", nlohmann::json()) != "maildir";
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::vector<fs::path> content(const fs::path& folder, std::error_code& error) {
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    found.push_back(entry->path());
  std::ranges::sort(found);
  return found;
}

std::vector<fs::path> content(const fs::path& folder) {
  std::error_code ignored;
  return content(folder, ignored);
}

std::uint64_t octets_in(const fs::path& maildir) {
  std::uint64_t octets = 0;
  for (const char* part : {"cur", "new"}) {
    for (const fs::path& file : content(maildir / part)) octets += size_of(file);
  }
  return octets;
}

std::string_view without(std::string_view name, std::string_view suffix) {
  const bool ends = name.size() > suffix.size() &&
                    wire::equal_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
  return ends ? name.substr(0, name.size() - suffix.size()) : name;
}

/// Names that are not UTF-8 are of a time when they were Latin-1.
std::string as_utf8(std::string_view octets) {
  if (wire::valid_utf8(octets)) return std::string(octets);
  std::string out;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0U | (octet >> 6U));
      out += static_cast<char>(0x80U | (octet & 0x3fU));
    }
  }
  return out;
}

/// Goes through an archive.
class Walk {
 public:
  explicit Walk(const ImportChoice& choice) : choice_(choice) {}

  enum class Names {
    plain,
    exported,  ///< as file_level() makes them
    imap,      ///< Thunderbird's copies of IMAP mailboxes: modified UTF-7
  };
  void tree(const fs::path& folder, const std::string& above, Names names, int depth = 0) {
    if (depth > deepest) return pass_over(folder, "it lies too deep");
    for (const fs::path& path : listed(folder)) {
      const std::string file = path.filename().string();
      if (file.starts_with('.')) continue;
      if (!is_folder(path)) {
        mbox(path, above + level(without(file, ".mbox"), names), names);
      } else if (is_own_folder(path)) {
        inner(path, above, names, depth);
      }
    }
  }

  /// `above`: the mailbox of `root` and a '/', if it is not the INBOX.
  void maildir(const fs::path& root, const std::string& above = "") {
    add(root, Form::maildir,
        std::string(above.empty() ? inbox : std::string_view(above).substr(0, above.size() - 1)));
    for (const fs::path& path : listed(root)) {
      const std::string file = path.filename().string();
      if (!file.starts_with('.') || !is_folder(path) || !is_maildir(path)) continue;
      if (!is_own_folder(path)) continue;
      const auto name = wire::maildir::mailbox_of_folder(file);
      add(path, Form::maildir, above + (name ? *name : as_utf8(file.substr(1))));
    }
  }

  /// A profile: a tree for each server.
  void thunderbird(const fs::path& profile) {
    for (const char* part : {"Mail", "ImapMail"}) {
      const Names names = std::string_view(part) == "Mail" ? Names::plain : Names::imap;
      for (const fs::path& server : content(profile / part)) {
        if (is_folder(server) && is_own_folder(server)) tree(server, "", names);
      }
    }
  }

  void single(const fs::path& file) {
    const std::string name = as_utf8(without(file.filename().string(), ".mbox"));
    mbox(file, choice_.into.empty() ? name : std::string(inbox), Names::plain);
  }

  FoundFolders finish() {
    std::ranges::stable_sort(found_.folders, {}, [](const ImportFolder& folder) {
      return std::pair(folder.mailbox != inbox, folder.mailbox);
    });
    return std::move(found_);
  }
  [[nodiscard]] const FoundFolders& found() const { return found_; }

 private:
  static std::string level(std::string_view file, Names names) {
    if (names == Names::exported) return level_of_file(file);
    if (names == Names::imap) {
      if (auto decoded = wire::imap::from_modified_utf7(file)) return *decoded;
    }
    return as_utf8(file);
  }

  void pass_over(const fs::path& path, std::string_view why) {
    found_.passed_over.push_back(fmt::format("{}: {}", path.string(), why));
  }

  /// Nothing, and told, if it cannot be read.
  std::vector<fs::path> listed(const fs::path& folder) {
    std::error_code error;
    auto found = content(folder, error);
    if (error) pass_over(folder, error.message());
    return found;
  }

  /// No link; that it is one is told.
  bool is_own_folder(const fs::path& path) {
    std::error_code ignored;
    const bool link = fs::is_symlink(path, ignored);
    if (link) pass_over(path, "a link to a folder is not followed; import that folder itself");
    return !link;
  }

  /// A file that may be one.
  void mbox(const fs::path& path, const std::string& name, Names names) {
    switch (begin_of(path)) {
      case Begin::mbox: return add(path, Form::mbox, name);
      case Begin::unreadable: return pass_over(path, "cannot be read");
      case Begin::other: break;
    }
    // A mailbox without a message: elsewhere an empty file may be anything.
    std::error_code ignored;
    if (names == Names::exported && path.extension() == ".mbox" && fs::is_empty(path, ignored))
      add(path, Form::mbox, name);
  }

  /// A folder within a tree.
  void inner(const fs::path& path, const std::string& above, Names names, int depth) {
    const std::string file = path.filename().string();
    // There each mailbox is a file, and a folder is called as the level of its mailboxes.
    if (names == Names::exported)
      return tree(path, above + level(file, names) + "/", names, depth + 1);
    const std::string name = above + level(without(without(file, ".sbd"), ".mbox"), names);
    if (is_maildir(path)) return maildir(path, name + "/");
    if (begins_as_mbox(path / "mbox"))  // as Apple's Mail exports them
      return add(path / "mbox", Form::mbox, name);
    tree(path, name + "/", names, depth + 1);
  }

  [[nodiscard]] bool is_possible(const std::string& mailbox) const {
    using wire::imap::MailboxName;
    // One that was asked for is refused as such.
    const bool asked = choice_.into.empty() || MailboxName::from_utf8(choice_.into).has_value();
    return !asked || MailboxName::from_utf8(mailbox).has_value();
  }

  void add(const fs::path& path, Form form, std::string mailbox) {
    ImportFolder folder{.path = path,
                        .form = form,
                        .thunderbird = choice_.format == ImportFormat::thunderbird,
                        .variant = choice_.variant,
                        .mailbox = std::move(mailbox),
                        .use = SpecialUse::none,
                        .octets = form == Form::maildir ? octets_in(path) : size_of(path)};
    const std::size_t slash = folder.mailbox.find('/');
    const std::string top = folder.mailbox.substr(0, slash);
    if (wire::equal_ignoring_case(top, inbox)) folder.mailbox.replace(0, top.size(), inbox);
    if (!choice_.into.empty()) {
      folder.mailbox = folder.mailbox == inbox ? choice_.into : choice_.into + "/" + folder.mailbox;
    } else if (folder.thunderbird) {
      const auto* const known = std::ranges::find_if(known_names, [&top](const Known& one) {
        return wire::equal_ignoring_case(one.name, top);
      });
      if (known != known_names.end()) folder.use = known->use;
    }
    if (!is_possible(folder.mailbox))
      return pass_over(path, "no mailbox can have its name; rename it, or import it with --into");
    found_.folders.push_back(std::move(folder));
  }

  const ImportChoice choice_;
  FoundFolders found_;
};

bool is_profile(const fs::path& path) {
  return is_folder(path / "Mail") || is_folder(path / "ImapMail");
}

bool has_index_of_thunderbird(const fs::path& path) {
  return std::ranges::any_of(content(path),
                             [](const fs::path& file) { return file.extension() == ".msf"; });
}

/// The one profile in what a person took for it: Thunderbird's own folder.
std::expected<fs::path, Problem> profile_in(const fs::path& path) {
  if (is_profile(path) || has_index_of_thunderbird(path)) return path;
  std::vector<fs::path> profiles;
  for (const fs::path& folder : {path, path / "Profiles"}) {
    for (const fs::path& one : content(folder)) {
      if (is_profile(one)) profiles.push_back(one);
    }
  }
  if (profiles.size() == 1) return profiles.front();
  std::string names;
  for (const fs::path& one : profiles) names += (names.empty() ? "" : ", ") + one.string();
  if (!profiles.empty())
    return std::unexpected(
        Problem{path.string() + " has several profiles: " + names, "name one of them"});
  return path;
}

ImportFormat detect(const fs::path& path) {
  if (!is_folder(path)) return ImportFormat::mbox;
  if (is_exported(path)) return ImportFormat::mbox;
  if (is_maildir(path)) return ImportFormat::maildir;
  std::error_code ignored;
  if (is_profile(path) || has_index_of_thunderbird(path) ||
      fs::exists(path / "profiles.ini", ignored))
    return ImportFormat::thunderbird;
  return ImportFormat::mbox;
}

}  // namespace

std::string file_level(std::string_view level) {
  constexpr std::string_view special = "/\\:*?\"<>|%";
  std::string file;
  for (const char octet : level) {
    const bool kept = static_cast<unsigned char>(octet) >= 0x20 && octet != 0x7f &&
                      special.find(octet) == std::string_view::npos &&
                      !(octet == '.' && file.empty());
    if (kept) {
      file += octet;
    } else {
      file += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(octet)));
    }
  }
  return file;
}

std::string level_of_file(std::string_view file) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string level;
  for (std::size_t at = 0; at < file.size(); ++at) {
    const std::size_t high = at + 2 < file.size() ? digits.find(file[at + 1]) : digits.npos;
    const std::size_t low = at + 2 < file.size() ? digits.find(file[at + 2]) : digits.npos;
    if (file[at] == '%' && high != digits.npos && low != digits.npos) {
      level += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      level += file[at];
    }
  }
  return as_utf8(level);
}

std::expected<FoundFolders, Problem> find_folders(const ImportChoice& asked) {
  ImportChoice choice = asked;
  std::error_code ignored;
  if (!fs::exists(choice.path, ignored))
    return std::unexpected(
        Problem{choice.path.string() + " is not there, or this user may not see it",
                "look at the spelling; the system service's user sees no home folders"});
  if (choice.format == ImportFormat::detect) choice.format = detect(choice.path);
  Walk walk(choice);
  if (choice.format == ImportFormat::thunderbird) {
    const auto profile = profile_in(choice.path);
    if (!profile) return std::unexpected(profile.error());
    if (is_profile(*profile)) {
      walk.thunderbird(*profile);
    } else {
      const bool imap = profile->parent_path().filename() == "ImapMail";
      walk.tree(*profile, "", imap ? Walk::Names::imap : Walk::Names::plain);
    }
  } else if (choice.format == ImportFormat::maildir) {
    if (is_folder(choice.path / "cur")) walk.maildir(choice.path);
  } else if (is_folder(choice.path)) {
    const bool exported = is_exported(choice.path);
    walk.tree(choice.path, "", exported ? Walk::Names::exported : Walk::Names::plain);
  } else {
    walk.single(choice.path);
  }
  if (walk.found().folders.empty() && !walk.found().passed_over.empty())
    return std::unexpected(
        Problem{"nothing could be taken: " + walk.found().passed_over.front(), ""});
  if (walk.found().folders.empty())
    return std::unexpected(Problem{
        fmt::format("there is no mail in {}: neither mbox nor Maildir", choice.path.string()),
        "name an mbox file, a folder of them, a Maildir (with cur in it) or a Thunderbird "
        "profile"});
  return walk.finish();
}

}  // namespace postern::daemon::archive
