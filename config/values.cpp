#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sync/base/log.h"

namespace postern::config {
namespace {

std::unexpected<Problem> wrong(std::string what, std::string advice) {
  return std::unexpected(Problem{std::move(what), std::move(advice)});
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Quantity {
  std::uint64_t number = 0;
  std::string_view unit;
};

/// "5 minutes", "64KiB": a number and a word. None: it is something else or too large.
std::optional<Quantity> quantity(std::string_view text) {
  Quantity q;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), q.number);
  if (error != std::errc()) return std::nullopt;
  q.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  q.unit.remove_prefix(std::min(q.unit.find_first_not_of(' '), q.unit.size()));
  return q;
}

struct Unit {
  std::string_view word;
  std::uint64_t factor;
};

constexpr std::array time_units = {Unit{"s", 1},       Unit{"sec", 1},      Unit{"second", 1},
                                   Unit{"seconds", 1}, Unit{"m", 60},       Unit{"min", 60},
                                   Unit{"minute", 60}, Unit{"minutes", 60}, Unit{"h", 3600},
                                   Unit{"hour", 3600}, Unit{"hours", 3600}, Unit{"d", 86400},
                                   Unit{"day", 86400}, Unit{"days", 86400}};

constexpr std::array size_units = {
    Unit{"b", 1},      Unit{"octets", 1},        Unit{"bytes", 1},
    Unit{"kib", 1024}, Unit{"mib", 1024 * 1024}, Unit{"gib", 1024ULL * 1024 * 1024},
    Unit{"kb", 1000},  Unit{"mb", 1000 * 1000},  Unit{"gb", 1000ULL * 1000 * 1000}};

constexpr std::array<std::pair<std::string_view, Login>, 12> login_methods{{
    {"strongest", Login::strongest},
    {"user", Login::user},
    {"apop", Login::apop},
    {"plain", Login::plain},
    {"login", Login::login},
    {"cram-md5", Login::cram_md5},
    {"scram-sha-1", Login::scram_sha_1},
    {"scram-sha-256", Login::scram_sha_256},
    {"scram-sha-1-plus", Login::scram_sha_1_plus},
    {"scram-sha-256-plus", Login::scram_sha_256_plus},
    {"oauthbearer", Login::oauthbearer},
    {"xoauth2", Login::xoauth2},
}};

/// None: no such unit, or the product does not fit.
template <std::size_t N>
std::optional<std::uint64_t> scaled(const Quantity& q, const std::array<Unit, N>& units) {
  const std::string word = lower(q.unit);
  const auto unit = std::ranges::find(units, word, &Unit::word);
  if (unit == units.end() || q.number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
    return std::nullopt;
  }
  return q.number * unit->factor;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string shown(std::string_view text) {
  return log::quoted(text, 60);
}

Parsed<std::string> line_of_text(std::string_view text) {
  if (text.empty()) return wrong("is empty", "write a value");
  const bool control = std::ranges::any_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
  });
  if (control) {
    return wrong("holds a line end or another control character", "write it on one line");
  }
  if (text.size() > 1024) return wrong("is longer than 1024 octets", "write something shorter");
  return std::string(text);
}

Parsed<bool> truth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return wrong(fmt::format("{} is neither true nor false", shown(text)), "write true or false");
}

Parsed<std::uint64_t> whole_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto q = quantity(text);
  if (!q || !q->unit.empty() || q->number < least || q->number > most) {
    return wrong(fmt::format("{} is not a number from {} to {}", shown(text), least, most),
                 fmt::format("write a whole number from {} to {}", least, most));
  }
  return q->number;
}

Parsed<std::chrono::seconds> duration(std::string_view text) {
  const auto q = quantity(text);
  if (q && q->unit.empty()) {
    return wrong(fmt::format("{} has no unit", shown(text)),
                 fmt::format("write \"{0} minutes\" or \"{0} s\"", q->number));
  }
  const auto seconds = q ? scaled(*q, time_units) : std::nullopt;
  if (!seconds) {
    return wrong(fmt::format("{} is not a duration", shown(text)),
                 "write a number and s, minutes, h or days, like \"5 minutes\"");
  }
  return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

Parsed<std::uint64_t> octets(std::string_view text) {
  const auto q = quantity(text);
  if (q && q->unit.empty()) {
    return wrong(fmt::format("{} has no unit", shown(text)),
                 fmt::format("write \"{0} MiB\" or \"{0} KiB\"", q->number));
  }
  const auto size = q ? scaled(*q, size_units) : std::nullopt;
  if (!size) {
    return wrong(fmt::format("{} is not a size", shown(text)),
                 "write a number and KiB, MiB or GiB, like \"150 MiB\"");
  }
  return *size;
}

Parsed<KeepOnServer> keep_on_server(std::string_view text) {
  using Rule = KeepOnServer::Rule;
  if (text == "forever") return KeepOnServer{Rule::forever, {}};
  if (text == "until-deleted") return KeepOnServer{Rule::until_deleted, {}};
  if (text == "never") return KeepOnServer{Rule::never, {}};
  const std::string advice = "write forever, until-deleted, never, or a number like \"14 days\"";
  const auto q = quantity(text);
  if (!q || (q->unit != "days" && q->unit != "day")) {
    return wrong(fmt::format("{} is not a rule", shown(text)), advice);
  }
  if (q->number == 0) return wrong("0 days would keep nothing", "write never if that is meant");
  if (q->number > 36500) return wrong("is more than a hundred years", "write forever");
  return KeepOnServer{Rule::days, std::chrono::days(static_cast<int>(q->number))};
}

Parsed<Tls> tls_mode(std::string_view text) {
  if (text == "implicit") return Tls::implicit;
  if (text == "starttls") return Tls::starttls;
  if (text == "none") return Tls::none;
  return wrong(fmt::format("{} is not a kind of TLS", shown(text)),
               "write implicit, starttls or none");
}

Parsed<Login> login_method(std::string_view text) {
  const auto* const known =
      std::ranges::find(login_methods, lower(text), &std::pair<std::string_view, Login>::first);
  if (known != login_methods.end()) return known->second;
  std::string names;
  for (const auto& [name, method] : login_methods) {
    if (!names.empty()) names += method == login_methods.back().second ? " or " : ", ";
    names += name;
  }
  return wrong(fmt::format("{} is not a way to log in", shown(text)), "write " + names);
}

Parsed<std::string> certificate_pin(std::string_view text) {
  const std::string advice =
      "write SHA256: and the 64 hex digits that \"openssl x509 -fingerprint -sha256 -noout\" "
      "prints";
  if (!lower(text).starts_with("sha256:")) return wrong("is not a SHA-256 pin", advice);
  std::string digits = lower(text.substr(7));
  std::erase(digits, ':');
  const bool hex =
      std::ranges::all_of(digits, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  if (!hex || digits.size() != 64) return wrong("is not a SHA-256 pin", advice);
  return "SHA256:" + digits;
}

Parsed<std::string> account_name(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._@+-").find(c) != std::string_view::npos;
  });
  if (text.empty() || text.size() > 64 || !plain || text[0] == '.' || text[0] == '-') {
    return wrong(fmt::format("{} cannot name an account", shown(text)),
                 "use up to 64 letters, digits and . _ @ + -, beginning with a letter or digit");
  }
  return std::string(text);
}

Parsed<std::string> mail_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const bool plain = std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f &&
           c != '<' && c != '>' && c != ',';
  });
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || !plain ||
      text.size() > 320) {
    return wrong(fmt::format("{} is not a mail address", shown(text)),
                 "write it like anna@example.net");
  }
  return std::string(text);
}

Parsed<std::string> mailbox_name(std::string_view text) {
  auto line = line_of_text(text);
  if (!line) return line;
  if (lower(text) == "inbox") return "INBOX";
  if (text.front() == '/' || text.back() == '/' || text.find("//") != std::string_view::npos) {
    return wrong(fmt::format("{} has an empty level", shown(text)),
                 "put one / between two names, none at the ends");
  }
  if (text.find_first_of("*%") != std::string_view::npos) {
    return wrong(fmt::format("{} has a * or % in it", shown(text)), "use other characters");
  }
  return line;
}

}  // namespace postern::config
