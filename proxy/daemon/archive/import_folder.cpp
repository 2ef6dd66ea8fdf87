#include "proxy/daemon/archive/import_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "sync/wire/imap/characters.h"
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

bool is_maildir(const fs::path& path) {
  return is_folder(path / "cur");
}

bool begins_as_mbox(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string begin(5, '\0');
  return file.read(begin.data(), 5) && begin == "From ";
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::vector<fs::path> content(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    found.push_back(entry->path());
  std::ranges::sort(found);
  return found;
}

std::uint64_t octets_in(const fs::path& maildir) {
  std::uint64_t octets = 0;
  for (const char* part : {"cur", "new"}) {
    for (const fs::path& file : content(maildir / part)) octets += size_of(file);
  }
  return octets;
}

std::string_view without(std::string_view name, std::string_view suffix) {
  const bool ends =
      name.size() > suffix.size() &&
      wire::imap::equal_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
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
    if (depth > deepest) return;
    for (const fs::path& path : content(folder)) {
      const std::string file = path.filename().string();
      if (file.starts_with('.')) continue;
      if (is_folder(path)) {
        const std::string name = above + level(without(without(file, ".sbd"), ".mbox"), names);
        if (is_maildir(path)) {
          add(path, Form::maildir, name);
        } else if (begins_as_mbox(path / "mbox")) {
          add(path / "mbox", Form::mbox, name);  // as Apple's Mail exports them
        } else {
          tree(path, name + "/", names, depth + 1);
        }
      } else if (begins_as_mbox(path)) {
        add(path, Form::mbox, above + level(without(file, ".mbox"), names));
      }
    }
  }

  void maildir(const fs::path& root) {
    add(root, Form::maildir, std::string(inbox));
    for (const fs::path& path : content(root)) {
      const std::string file = path.filename().string();
      if (!file.starts_with('.') || !is_maildir(path)) continue;
      const auto name = wire::maildir::mailbox_of_folder(file);
      add(path, Form::maildir, name ? *name : as_utf8(file.substr(1)));
    }
  }

  /// A profile: a tree for each server.
  void thunderbird(const fs::path& profile) {
    for (const char* part : {"Mail", "ImapMail"}) {
      const Names names = std::string_view(part) == "Mail" ? Names::plain : Names::imap;
      for (const fs::path& server : content(profile / part)) {
        if (is_folder(server)) tree(server, "", names);
      }
    }
  }

  void single(const fs::path& file) {
    const std::string name = as_utf8(without(file.filename().string(), ".mbox"));
    add(file, Form::mbox, choice_.into.empty() ? name : std::string(inbox));
  }

  std::vector<ImportFolder> finish() {
    std::ranges::stable_sort(found_, {}, [](const ImportFolder& folder) {
      return std::pair(folder.mailbox != inbox, folder.mailbox);
    });
    return std::move(found_);
  }
  [[nodiscard]] bool empty() const { return found_.empty(); }

 private:
  static std::string level(std::string_view file, Names names) {
    if (names == Names::exported) return level_of_file(file);
    if (names == Names::imap) {
      if (auto decoded = wire::imap::from_modified_utf7(file)) return *decoded;
    }
    return as_utf8(file);
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
    if (wire::imap::equal_ignoring_case(top, inbox)) folder.mailbox.replace(0, top.size(), inbox);
    if (!choice_.into.empty()) {
      folder.mailbox = folder.mailbox == inbox ? choice_.into : choice_.into + "/" + folder.mailbox;
    } else if (folder.thunderbird) {
      const auto* const known = std::ranges::find_if(known_names, [&top](const Known& one) {
        return wire::imap::equal_ignoring_case(one.name, top);
      });
      if (known != known_names.end()) folder.use = known->use;
    }
    found_.push_back(std::move(folder));
  }

  const ImportChoice choice_;
  std::vector<ImportFolder> found_;
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

std::expected<std::vector<ImportFolder>, Problem> find_folders(const ImportChoice& asked) {
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
    if (is_maildir(choice.path)) walk.maildir(choice.path);
  } else if (is_folder(choice.path)) {
    const bool exported = fs::exists(choice.path / export_record, ignored);
    walk.tree(choice.path, "", exported ? Walk::Names::exported : Walk::Names::plain);
  } else if (begins_as_mbox(choice.path)) {
    walk.single(choice.path);
  }
  if (walk.empty())
    return std::unexpected(Problem{
        fmt::format("there is no mail in {}: neither mbox nor Maildir", choice.path.string()),
        "name an mbox file, a folder of them, a Maildir (with cur in it) or a Thunderbird "
        "profile"});
  return walk.finish();
}

}  // namespace postern::daemon::archive
