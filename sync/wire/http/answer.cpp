#include "sync/wire/http/answer.h"

#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace postern::wire::http {

std::string_view reason(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

std::string format(const Answer& answer, Framing framing) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
  for (const auto& [name, value] : answer.fields) {
    assert((name + value).find_first_of("\r\n") == std::string::npos);
    out += fmt::format("{}: {}\r\n", name, value);
  }
  if (framing != Framing::open_end && answer.status != 204)
    out += fmt::format("Content-Length: {}\r\n", answer.body.size());
  if (framing == Framing::last || framing == Framing::open_end) out += "Connection: close\r\n";
  out += "\r\n";
  if (framing != Framing::head_only && answer.status != 204) out += answer.body;
  return out;
}

}  // namespace postern::wire::http
