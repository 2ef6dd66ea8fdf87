#include "sync/wire/imap/message_url.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/grammar.h"
#include "sync/wire/mime/ascii.h"

namespace postern::wire::imap {
namespace {

bool takes_word(std::string_view& text, std::string_view word) {
  if (!equal_ignoring_case(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// Digits up to what follows them.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

template <class Id>
std::optional<Id> take_id(std::string_view& text) {
  const auto number = take_number(text);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return Id(static_cast<std::uint32_t>(*number));
}

/// RFC 3986 section 2.1. A NUL is in no name and no section.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = mime::hex_digit(text[i + 1]);
      const int low = mime::hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (!is_printable(c) || c == ' ') {
      return std::nullopt;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

/// `iserver`: a user with or without a mechanism, the host, a port that says nothing here.
std::optional<MessageUrl::Server> server_of(std::string_view text) {
  MessageUrl::Server server;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    std::string_view user = text.substr(0, at);
    std::string lower = mime::lower_case(user);
    if (const std::size_t mechanism = lower.find(";auth="); mechanism != std::string::npos)
      user = user.substr(0, mechanism);
    if (!user.empty()) {
      server.user = decoded(user);
      if (!server.user) return std::nullopt;
    }
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    server.host = mime::lower_case(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    server.host = mime::lower_case(text.substr(0, end));
    text.remove_prefix(end);
  }
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (!text.empty() && !take_number(text)) return std::nullopt;
  }
  if (!text.empty() || server.host.empty()) return std::nullopt;
  return server;
}

/// `enc-section`: a `section-spec` with its special characters written out.
std::optional<mime::Section> section_of(std::string_view encoded) {
  const auto text = decoded(encoded);
  if (!text || text->empty()) return std::nullopt;
  RawCommand raw;
  raw.text.push_back("[" + *text + "]");
  Cursor in(raw, Charset::utf8);
  mime::Section section = grammar::section(in);
  if (in.failed() || !in.at_end()) return std::nullopt;
  return section;
}

std::optional<MessageUrl::Partial> take_partial(std::string_view& text) {
  const auto offset = take_number(text);
  if (!offset) return std::nullopt;
  MessageUrl::Partial partial{*offset, std::nullopt};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    partial.octets = take_number(text);
    if (!partial.octets || *partial.octets == 0) return std::nullopt;
  }
  return partial;
}

/// `enc-mailbox [uidvalidity] "/"`; the rest is left.
bool take_mailbox(std::string_view& text, MessageUrl& url) {
  const std::string lower = mime::lower_case(text);
  const std::size_t end = lower.find("/;uid=");
  if (end == std::string::npos) return false;
  std::string_view name = text.substr(0, end);
  if (const std::size_t validity = lower.find(";uidvalidity="); validity < end) {
    std::string_view number = name.substr(validity + std::string_view(";uidvalidity=").size());
    url.uid_validity = take_id<UidValidity>(number);
    if (!url.uid_validity || !number.empty()) return false;
    name = name.substr(0, validity);
  }
  const auto utf8 = decoded(name);
  if (!utf8) return false;
  url.mailbox = MailboxName::from_utf8(*utf8);
  text.remove_prefix(end + 1);
  return url.mailbox.has_value();
}

/// `iuid-only ["/" isection-only] ["/" ipartial-only]`, and nothing else.
bool take_message(std::string_view text, MessageUrl& url) {
  if (!takes_word(text, ";UID=")) return false;
  const auto uid = take_id<Uid>(text);
  if (!uid) return false;
  url.uid = *uid;
  if (takes_word(text, "/;SECTION=")) {
    const std::size_t end = std::min(mime::lower_case(text).find("/;"), text.size());
    auto section = section_of(text.substr(0, end));
    if (!section) return false;
    url.section = std::move(*section);
    text.remove_prefix(end);
  }
  if (takes_word(text, "/;PARTIAL=")) {
    url.partial = take_partial(text);
    if (!url.partial) return false;
  }
  return text.empty();
}

}  // namespace

std::optional<MessageUrl> parse_message_url(std::string_view text) {
  if (text.size() > MessageUrl::longest) return std::nullopt;
  MessageUrl url;
  const bool absolute = takes_word(text, "imap://");
  if (absolute || takes_word(text, "//")) {
    const std::size_t end = std::min(text.find('/'), text.size());
    url.server = server_of(text.substr(0, end));
    if (!url.server) return std::nullopt;
    text.remove_prefix(end);
  }
  if (takes_word(text, "/")) {
    if (!take_mailbox(text, url)) return std::nullopt;
  } else if (url.server) {
    return std::nullopt;
  }
  if (!take_message(text, url)) return std::nullopt;
  return url;
}

}  // namespace postern::wire::imap
