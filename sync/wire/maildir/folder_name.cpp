#include "sync/wire/maildir/folder_name.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sync/wire/imap/modified_utf7.h"
#include "sync/wire/utf8.h"

namespace postern::wire::maildir {

namespace {

std::optional<std::string> level_of(std::string_view octets) {
  if (octets.empty()) return std::nullopt;
  std::string level;
  if (auto decoded = imap::from_modified_utf7(octets)) {
    level = std::move(*decoded);
  } else if (valid_utf8(octets)) {
    level = octets;
  } else {
    return std::nullopt;
  }
  std::string out;
  for (std::size_t at = 0; at < level.size(); ++at) {
    unsigned octet = 0;
    const char* const digits = level.data() + at + 1;
    const bool escaped = level[at] == '\\' && at + 2 < level.size() &&
                         std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2;
    if (escaped && (octet == '.' || octet == '\\')) {
      out += static_cast<char>(octet);
      at += 2;
    } else {
      out += level[at];
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> mailbox_of_folder(std::string_view folder) {
  if (!folder.starts_with('.')) return std::nullopt;
  folder.remove_prefix(1);
  std::string mailbox;
  for (;;) {
    const std::size_t end = folder.find('.');
    const auto level = level_of(folder.substr(0, end));
    if (!level || level->find('/') != std::string::npos) return std::nullopt;
    mailbox += *level;
    if (end == std::string_view::npos) return mailbox;
    mailbox += '/';
    folder.remove_prefix(end + 1);
  }
}

std::string folder_of_mailbox(std::string_view mailbox) {
  std::string escaped;
  for (const char octet : mailbox) {
    if (octet == '.' || octet == '\\') {
      escaped += fmt::format("\\{:02x}", static_cast<unsigned>(octet));
    } else {
      escaped += octet;
    }
  }
  std::string folder = "." + imap::to_modified_utf7(escaped);
  // Encoded text holds '/' nowhere (RFC 3501 section 5.1.3).
  std::ranges::replace(folder, '/', '.');
  return folder;
}

}  // namespace postern::wire::maildir
