#include "proxy/relay/farewell.h"

namespace postern::relay {
namespace {

/// RFC 5321 section 4.5.3.1.5 allows 512 octets for a line, CRLF and code included.
constexpr std::size_t longest_reason = 450;

}  // namespace

const char* name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::imap: return "imap";
    case Protocol::pop3: return "pop3";
    case Protocol::smtp: return "smtp";
  }
  return "";
}

std::string one_line(std::string_view reason) {
  std::string out(reason.substr(0, longest_reason));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return out;
}

std::string farewell(Protocol protocol, std::string_view reason) {
  std::string out;
  switch (protocol) {
    case Protocol::imap: out = "* BYE [UNAVAILABLE] "; break;
    case Protocol::pop3: out = "-ERR [SYS/TEMP] "; break;
    case Protocol::smtp: out = "421 4.4.0 "; break;
  }
  return out + one_line(reason) + "\r\n";
}

std::string own_greeting(Protocol protocol) {
  switch (protocol) {
    case Protocol::imap: return "* OK Postern relays to the server over TLS\r\n";
    case Protocol::pop3: return "+OK Postern relays to the server over TLS\r\n";
    case Protocol::smtp: return "220 localhost ESMTP Postern relays to the server over TLS\r\n";
  }
  return "";
}

}  // namespace postern::relay
