#include "sync/wire/mime/address.h"

#include <utility>

#include "sync/wire/mime/imap_string.h"

namespace postern::wire::mime {
namespace {

constexpr auto syntax_error = "SYNTAX_ERROR";
constexpr auto invalid_route = "INVALID_ROUTE";

}  // namespace

std::optional<Address> AddressReader::next() {
  if (place_ == Place::start) {
    const bool more = skip_commas() && !lexer_.at_end();
    place_ = more ? Place::list : Place::end;
  }
  switch (place_) {
    case Place::list: return address();
    case Place::group: return in_group();
    case Place::group_end:
      place_ = Place::list;
      after_address();
      return Address{};
    default: return std::nullopt;
  }
}

/// To the next address, or to the end. RFC 5322 section 4.4: members of a list may be empty.
void AddressReader::after_address() {
  const bool more = lexer_.next_is(',') && skip_commas() && !lexer_.at_end();
  if (!more) place_ = place_ == Place::group ? Place::group_end : Place::end;
}

bool AddressReader::skip_commas() {
  bool good = lexer_.skip();
  while (good && lexer_.take(',')) good = lexer_.skip();
  return good;
}

Address AddressReader::address() {
  const auto start = lexer_.position();
  Phrase first = phrase();
  if (lexer_.take(':')) {
    place_ = skip_commas() && !lexer_.at_end() ? Place::group : Place::group_end;
    return Address{.name = {}, .route = {}, .mailbox = std::move(first.text), .host = {}};
  }
  Address result = mailbox(start, std::move(first));
  after_address();
  return result;
}

std::optional<Address> AddressReader::in_group() {
  if (lexer_.take(';')) {
    const bool clean = lexer_.skip();
    place_ = Place::list;
    if (clean) {
      after_address();
    } else {
      place_ = Place::end;
    }
    return Address{};
  }
  const auto start = lexer_.position();
  Address result = mailbox(start, phrase());
  if (lexer_.next_is(';')) return result;
  after_address();
  return result;
}

/// Called behind the phrase that begins at `start`.
Address AddressReader::mailbox(std::size_t start, Phrase phrase) {
  if (lexer_.next_is('<')) return angle_address(std::move(phrase.text));
  if (!phrase.readable) phrase.text.clear();
  return address_spec(start, std::move(phrase));
}

/// Where there is none the lexer has not moved; where one has no end nothing is left.
AddressReader::Phrase AddressReader::phrase() {
  Phrase out;
  if (lexer_.next_is('.')) return out;
  for (;;) {
    const auto before = out.text.size();
    if (out.words > 0) out.text += ' ';
    if (lexer_.next_is('"')) {
      if (!lexer_.quoted_string(out.text)) return out;
    } else if (!lexer_.dotted(out.text)) {
      out.text.resize(before);
      out.readable = out.words > 0;
      return out;
    }
    ++out.words;
    if (!lexer_.skip()) return out;
  }
}

/// At '<'.
Address AddressReader::angle_address(std::string name) {
  Address result;
  if (!name.empty()) result.name = std::move(name);
  lexer_.advance();
  bool good = lexer_.skip();
  if (good && lexer_.next_is('@')) {
    std::string domains;
    result.route = route(domains) && lexer_.take(':') ? std::move(domains) : invalid_route;
    good = lexer_.skip();
  }
  std::string local;
  std::string host;
  if (good && !lexer_.next_is('>')) {
    if (local_part(local)) {
      result.mailbox = std::move(local);
    } else if (!lexer_.next_is('@')) {
      good = false;
    }
    if (good && lexer_.next_is('@')) {
      good = domain(host);
      if (good) result.host = std::move(host);
    }
  }
  good = good && lexer_.take('>');
  if (!result.mailbox) result.mailbox = no_mailbox;
  if (!good) {
    result.host = syntax_error;
  } else if (!result.host) {
    result.host = no_domain;
  }
  lexer_.skip();
  return result;
}

/// `addr-spec`, or a mere `phrase`. A comment behind the address is its name.
Address AddressReader::address_spec(std::size_t start, Phrase phrase) {
  const auto after_phrase = lexer_.position();
  lexer_.rewind(start);
  lexer_.forget_comment();
  const bool quoted = lexer_.next_is('"');
  Address result;
  std::string local;
  std::string host;
  const bool has_local = local_part(local);
  const bool at = lexer_.next_is('@');
  // One quoted string or several words without a domain are a person's name, not a mailbox.
  if (!at && !phrase.text.empty() && (phrase.words > 1 || quoted)) {
    lexer_.rewind(after_phrase);
    result.name = std::move(phrase.text);
  } else {
    if (has_local) result.mailbox = std::move(local);
    if (at && domain(host)) result.host = std::move(host);
    if (!lexer_.last_comment().empty()) result.name = lexer_.last_comment();
  }
  if (!result.mailbox) result.mailbox = no_mailbox;
  if (!result.host) result.host = no_domain;
  return result;
}

/// Atoms and quoted strings joined by dots, with the white space that RFC 5322 section 4.4 allows
/// around them. False: there is none.
bool AddressReader::local_part(std::string& out) {
  bool any = false;
  for (;;) {
    if (lexer_.next_is('"')) {
      if (!lexer_.quoted_string(out)) {
        out.clear();
        return false;
      }
      any = true;
    } else {
      any = lexer_.atom(out) || any;
    }
    if (!lexer_.skip()) {
      out.clear();
      return false;
    }
    if (!lexer_.take('.')) return any;
    out += '.';
    any = true;
    if (!lexer_.skip()) return true;
  }
}

/// At '@'. False: no domain, or none that is one.
bool AddressReader::domain(std::string& out) {
  lexer_.advance();
  if (!lexer_.skip()) return false;
  if (lexer_.next_is('[')) return lexer_.domain_literal(out) && lexer_.skip();
  for (;;) {
    if (!lexer_.atom(out) || !lexer_.skip()) return false;
    if (!lexer_.take('.')) return true;
    out += '.';
    if (!lexer_.skip()) return false;
  }
}

/// At '@': `obs-domain-list`, up to the colon.
bool AddressReader::route(std::string& out) {
  for (;;) {
    if (!lexer_.next_is('@')) return false;
    out += '@';
    if (!domain(out)) return false;
    bool comma = false;
    while (lexer_.take(',')) {
      comma = true;
      if (!lexer_.skip()) return false;
    }
    if (!comma) return true;
    out += ',';
  }
}

void append_address(std::string& out, const Address& address) {
  out += '(';
  if (address.name) {
    append_display_string(out, *address.name);
  } else {
    out += "NIL";
  }
  for (const auto* value : {&address.route, &address.mailbox, &address.host}) {
    out += ' ';
    append_nstring(out, *value);
  }
  out += ')';
}

}  // namespace postern::wire::mime
